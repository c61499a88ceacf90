"""What one row of `compliance.parental_consents` amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consent.vocabulary import RowStatus


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """The facts of one row that the rules need.

    `method`, `relationship` and `consent_type` are the stored words: other services write the table
    too, so they may be unknown. `restricted` tells that a court order stands against the signer.
    """

    id: str
    student_id: str
    consent_type: str
    given: bool
    consented_at: datetime
    has_token: bool = False
    verified_at: datetime | None = None
    method: str = "unverified"
    relationship: str = "parent"
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    restricted: bool = False


def row_status(row: ConsentRow, now: datetime) -> RowStatus:
    """Return the status of one row; the first match wins (rows are append-only history)."""
    if row.revoked_at is not None:
        return RowStatus.REVOKED
    if not row.given:
        return RowStatus.PENDING if row.has_token else RowStatus.REFUSED
    if row.verified_at is None:
        return RowStatus.UNVERIFIED
    if row.expires_at is not None and row.expires_at <= now:
        return RowStatus.EXPIRED
    return RowStatus.ACTIVE
