"""Looking at the log, and taking reports away, is itself logged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from audit.events import EVENTS, Category
from audit.record import Codes, record
from audit.rules.criteria import Criteria
from classwaves_admin.lib.actor import Actor


def note_search(
    *, by: Actor, school_id: str | None, filters: Sequence[str], rows: int, students: Iterable[str]
) -> None:
    """Record that somebody searched the log: which filters, how many rows, which students they saw.

    What was typed stays out of the log: it may be a name.
    """
    with transaction.atomic():
        record(
            "audit.viewed",
            by=by,
            school_id=school_id,
            resource=("audit_log", None),
            students=students,
            data={"filters": list(filters), "rows": rows},
        )


def note_over_time(*, by: Actor, school_id: str | None, filters: Sequence[str], rows: int) -> None:
    """Record that somebody saw how many rows of a search there are over time."""
    with transaction.atomic():
        record(
            "audit.viewed",
            by=by,
            school_id=school_id,
            resource=("audit_log", None),
            data={"filters": list(filters), "rows": rows, "view": "over_time"},
        )


def note_names(*, by: Actor, school_id: str | None, students: Iterable[str]) -> None:
    """Record that names of students were offered while somebody typed a search."""
    with transaction.atomic():
        record(
            "student.searched",
            by=by,
            school_id=school_id,
            resource=("student", None),
            students=students,
            data={"view": "audit_suggestions"},
        )


def note_accesses(*, by: Actor, school_id: str | None, student_id: str, people: int) -> None:
    """Record that somebody saw who looked at a student's record."""
    with transaction.atomic():
        record(
            "audit.viewed",
            by=by,
            school_id=school_id,
            resource=("student", student_id),
            students=[student_id],
            data={"people": people, "view": "accesses"},
        )


def note_export(
    *,
    by: Actor,
    school_id: str | None,
    criteria: Criteria,
    file_format: str,
    rows: int,
    sha256: str | None,
    students: Iterable[str],
    at: datetime,
) -> None:
    """Record that somebody takes rows of the log away as a file: which search, how many rows.

    `students` are those that were searched for. `sha256` is None for a file that is on its way out still.
    """
    with transaction.atomic():
        record(
            "export.created",
            by=by,
            school_id=school_id,
            resource=("audit_log", None),
            students=students,
            data={"format": file_format, "rows": rows, "sha256": sha256, **codes_of(criteria)},
            at=at,
        )


def note_choice(*, by: Actor, students: Iterable[str]) -> None:
    """Record that somebody saw the names of students to choose one of them for a form."""
    with transaction.atomic():
        record("student.searched", by=by, school_id=None, resource=("student", None), students=students)


def codes_of(criteria: Criteria) -> Codes:
    """Return what the log keeps of a search: its codes and times. What was typed stays out."""
    return {
        "filters": criteria.used,
        "events": [name for name in criteria.wanted.events if name in EVENTS],
        "categories": [name for name in criteria.wanted.categories if name in list(Category)],
        "since": criteria.since.isoformat() if criteria.since else None,
        "until": criteria.until.isoformat() if criteria.until else None,
    }


def note_row(*, by: Actor, school_id: str, row_id: str, students: Iterable[str]) -> None:
    """Record that somebody opened one row of the log."""
    with transaction.atomic():
        record("audit.viewed", by=by, school_id=school_id, resource=("audit_log", row_id), students=students)


def note_report(
    *, by: Actor, report: str, file_format: str, school_id: str, students: Iterable[str], rows: int, sha256: str
) -> None:
    """Record that somebody had a report made, of whom, and the fingerprint of its data."""
    with transaction.atomic():
        record(
            "report.generated",
            by=by,
            school_id=school_id,
            resource=("report", report),
            students=students,
            data={"format": file_format, "rows": rows, "sha256": sha256},
        )
