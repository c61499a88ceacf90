"""Calls requests back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from consent.models import Invitation


def close_invitations(*, guardian_ids: Collection[str], now: datetime) -> int:
    """Revoke every link of these guardians that is not used up; return how many requests were called back.

    For a changed address or a court order: links die, and no consent moves to the new address. Part
    of the caller's action, which audits why. Consents that are verified already are not touched.
    """
    return Invitation.objects.filter(guardian_id__in=guardian_ids, verified_at=None, revoked_at=None).update(
        revoked_at=now
    )
