"""That somebody asked to have a student's data deleted, on the student's age records."""

from __future__ import annotations

from datetime import datetime

from classwaves_admin.warehouse.outbox import gateway
from consent.actions.limits import unknown_age, write_alike
from consent.queries.circumstances import age_records

__all__ = ["mark_asked"]


def mark_asked(student_id: str, school_id: str, *, now: datetime) -> None:
    """Put a request to delete on every age record of a student, in the caller's transaction.

    An older request that is still open keeps its date: its time runs already (16 CFR 312.6(a)(2)).
    """
    records = age_records([student_id])[student_id]
    if not records:
        row = unknown_age(student_id, school_id, now=now)
        row.deletion_requested_at = now
        gateway.insert(row)
    elif not any(one.deletion_requested_at and not one.deletion_completed_at for one in records):
        write_alike(records, {"deletion_requested_at": now, "deletion_completed_at": None}, now=now)
