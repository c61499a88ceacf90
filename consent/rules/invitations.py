"""The states of a request for consent, read from its times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from consent.vocabulary import InvitationState


@dataclass(frozen=True, slots=True)
class Times:
    """The times of an invitation. All are aware."""

    expires_at: datetime
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    answered_at: datetime | None = None
    verified_at: datetime | None = None
    revoked_at: datetime | None = None


# In order: the first that holds is the state.
STATES: dict[InvitationState, Callable[[Times, datetime], bool]] = {
    InvitationState.REVOKED: lambda times, now: times.revoked_at is not None,
    InvitationState.VERIFIED: lambda times, now: times.verified_at is not None,
    InvitationState.ANSWERED: lambda times, now: times.answered_at is not None,
    InvitationState.EXPIRED: lambda times, now: times.expires_at <= now,
    InvitationState.OPENED: lambda times, now: times.opened_at is not None,
    InvitationState.SENT: lambda times, now: times.sent_at is not None,
    InvitationState.WAITING: lambda times, now: True,
}

# While an invitation is in one of these, the guardian can still answer and is not asked again.
OUTSTANDING = frozenset({InvitationState.WAITING, InvitationState.SENT, InvitationState.OPENED})


def state_of(times: Times, now: datetime) -> InvitationState:
    """Return the state of an invitation at `now`."""
    return next(state for state, holds in STATES.items() if holds(times, now))
