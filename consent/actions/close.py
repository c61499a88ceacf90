"""Calls requests back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from consent.actions.links import end_links_to_manage
from consent.queries.families import open_invitations


def close_invitations(*, guardian_ids: Collection[str], now: datetime, student_id: str | None = None) -> int:
    """Revoke every link of these guardians that is not used up; return how many requests were called back.

    For a changed address or a court order: links die, and no consent moves to the new address. With
    `student_id`, only requests that name this student. Part of the caller's action, which audits why.
    Consents that are verified already are not touched.
    """
    end_links_to_manage(guardian_ids=guardian_ids, now=now)
    return open_invitations(guardian_ids, student_id=student_id).update(revoked_at=now)
