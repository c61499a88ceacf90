"""What an invitation is worth. Pure."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class InvitationState(models.TextChoices):
    """Where an invitation stands."""

    OPEN = "open", "Waits for an answer"
    ACCEPTED = "accepted", "Accepted"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Taken back"


def state_of_invitation(
    *, expires_at: datetime, accepted_at: datetime | None, revoked_at: datetime | None, now: datetime
) -> InvitationState:
    """Return what an invitation is worth at `now`. It is good once."""
    if accepted_at is not None:
        return InvitationState.ACCEPTED
    if revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if now < expires_at else InvitationState.EXPIRED
