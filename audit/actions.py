"""Looking at the log, and taking reports away, is itself logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from audit.events import EVENTS, Category
from audit.record import Codes, record, record_by_school
from audit.rules.criteria import Criteria
from classwaves_admin.lib.actor import Actor


def note_search(
    *, by: Actor, asked: Iterable[str], shown: Iterable[tuple[str, Iterable[str]]], filters: Sequence[str]
) -> None:
    """Record that somebody searched the log: which filters, how many rows, which students they saw.

    `shown` are the school and the students of each row that they saw: one event at each of these schools, and where
    nothing was found at each of those `asked` for. What was typed stays out of the log: it may be a name.
    """
    _note_shown(("audit_log", None), by=by, asked=asked, shown=shown, data={"filters": list(filters)})


def note_disclosures(*, by: Actor, asked: Iterable[str], shown: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Record that somebody saw the list of disclosures, and whose, as `note_search` does."""
    _note_shown(("disclosure", None), by=by, asked=asked, shown=shown, data={})


def _note_shown(
    resource: tuple[str, None],
    *,
    by: Actor,
    asked: Iterable[str],
    shown: Iterable[tuple[str, Iterable[str]]],
    data: Codes,
) -> None:
    rows: Counter[str] = Counter()
    seen: dict[str, set[str]] = {}
    for school_id, students in shown:
        rows[school_id] += 1
        seen.setdefault(school_id, set()).update(students)
    concerned = seen or {school_id: set() for school_id in asked}
    with transaction.atomic():
        record_by_school("audit.viewed", by=by, concerned=concerned, resource=resource, data=data, rows=rows)


def note_over_time(*, by: Actor, asked: Iterable[str], filters: Sequence[str], rows: int) -> None:
    """Record at each school asked for that somebody saw how many rows of a search there are over time."""
    with transaction.atomic():
        record_by_school(
            "audit.viewed",
            by=by,
            concerned=dict.fromkeys(asked, ()),
            resource=("audit_log", None),
            data={"filters": list(filters), "rows": rows, "view": "over_time"},
        )


def note_names(*, by: Actor, students: Iterable[tuple[str, str]]) -> None:
    """Record that names of students, as pairs of ids of student and school, were offered to who typed a search."""
    _note_names(by=by, students=students, data={"view": "audit_suggestions"})


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
    concerned: Mapping[str, Iterable[str]],
    criteria: Criteria,
    file_format: str,
    rows: int,
    sha256: str | None,
    at: datetime,
) -> None:
    """Record at each school concerned that somebody takes rows of the log away as a file: which search, how many rows.

    `concerned` are the students that were searched for, by school. `rows` are those of the whole file. `sha256` is None
    for a file that is on its way out still.
    """
    with transaction.atomic():
        record_by_school(
            "export.created",
            by=by,
            concerned=concerned,
            resource=("audit_log", None),
            data={"format": file_format, "rows": rows, "sha256": sha256, **codes_of(criteria)},
            at=at,
        )


def note_choice(*, by: Actor, students: Iterable[tuple[str, str]]) -> None:
    """Record that somebody saw names of students, as pairs of ids of student and school, to choose one for a form."""
    _note_names(by=by, students=students, data=None)


def _note_names(*, by: Actor, students: Iterable[tuple[str, str]], data: Codes | None) -> None:
    concerned: dict[str, list[str]] = {}
    for student_id, school_id in students:
        concerned.setdefault(school_id, []).append(student_id)
    with transaction.atomic():
        record_by_school("student.searched", by=by, concerned=concerned, resource=("student", None), data=data)


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


def note_row_taken(*, by: Actor, school_id: str, row_id: str, students: Iterable[str], sha256: str) -> None:
    """Record that somebody takes one row of the log away as a file."""
    with transaction.atomic():
        record(
            "export.created",
            by=by,
            school_id=school_id,
            resource=("audit_log", row_id),
            students=students,
            data={"format": "json", "rows": 1, "sha256": sha256},
        )


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
