"""A guardian's new address: links that went to the old one die, and no consent moves with it."""

from __future__ import annotations

from datetime import datetime

from consent.models import Guardian, Invitation


def change_address(*, guardian: Guardian, address: str, now: datetime) -> None:
    """Set the address and call back every request that is not through both steps."""
    guardian.email = address
    guardian.updated_at = now
    guardian.save(update_fields=["email", "updated_at"])
    Invitation.objects.filter(guardian=guardian, verified_at=None, revoked_at=None).update(revoked_at=now)
