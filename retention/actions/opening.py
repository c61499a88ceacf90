"""Looking at what is held of a student is itself logged, item by item."""

from __future__ import annotations

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from retention.queries.held import Pupil

__all__ = ["note_held", "note_opened"]

PAGE = "held"


def note_held(*, by: Actor, pupil: Pupil, table: str = "", rows: int) -> None:
    """Record that somebody saw how much is held of a student, or the rows of one table without what they say."""
    with transaction.atomic():
        record(
            "student.viewed",
            by=by,
            school_id=pupil.school_id,
            resource=("student", pupil.id),
            students=[pupil.id],
            data={"page": PAGE, "table": table or None, "rows": rows},
        )


def note_opened(*, event: str, by: Actor, pupil: Pupil, table: str, row_id: str, session_id: str | None) -> None:
    """Record that somebody opened one item: its table and its id."""
    with transaction.atomic():
        record(
            event,
            by=by,
            school_id=pupil.school_id,
            resource=(table, row_id),
            students=[pupil.id],
            session_id=session_id,
            data={"page": PAGE},
        )
