"""Looking at students is itself logged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student


def note_list(*, by: Actor, students: Iterable[Student], filters: Sequence[str], page: str) -> None:
    """Record that somebody saw a list of students: one event for each school, with the students shown.

    `filters` are the names of those used, never what was typed: that may be a name. An empty list of
    no school is recorded too. `page` says which list it was.
    """
    by_school: dict[str | None, list[str]] = {}
    for student in students:
        by_school.setdefault(student.school_id, []).append(student.id)
    with transaction.atomic():
        for school_id, ids in (by_school or {None: []}).items():
            record(
                "student.searched",
                by=by,
                school_id=school_id,
                resource=("student", None),
                students=ids,
                data={"page": page, "filters": list(filters), "rows": len(ids)},
            )


def note_record(*, by: Actor, student: Student) -> None:
    """Record that somebody opened a student's record."""
    with transaction.atomic():
        record(
            "student.viewed",
            by=by,
            school_id=student.school_id,
            resource=("student", student.id),
            students=[student.id],
        )
