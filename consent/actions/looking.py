"""Looking at students is itself logged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.models import Evidence, EvidencedConsent
from consent.queries.gate import JudgedSession

# Students in one row of the log, which holds their ids.
MOST_NAMED = 500


def note_list(*, by: Actor, students: Iterable[Student], filters: Sequence[str], page: str) -> None:
    """Record that somebody saw a list of students; see `note_shown`."""
    note_shown(by=by, students=[(student.id, student.school_id) for student in students], filters=filters, page=page)


def note_shown(*, by: Actor, students: Iterable[tuple[str, str | None]], filters: Sequence[str], page: str) -> None:
    """Record that somebody saw a list of students, as pairs of ids of student and school: one event for each school.

    `filters` are the names of those used, never what was typed: that may be a name. An empty list of
    no school is recorded too. `page` says which list it was.
    """
    with transaction.atomic():
        for school_id, ids in _by_school(students).items():
            record(
                "student.searched",
                by=by,
                school_id=school_id,
                resource=("student", None),
                students=ids,
                data={"page": page, "filters": list(filters), "rows": len(ids)},
            )


def note_taken(*, by: Actor, students: Collection[tuple[str, str]], filters: Sequence[str], page: str) -> None:
    """Record that somebody takes a list of students away as a file, as pairs of ids of student and school.

    One event for each school and each MOST_NAMED students; an empty file is recorded too.
    """
    with transaction.atomic():
        for school_id, ids in _by_school(students).items():
            for start in range(0, max(len(ids), 1), MOST_NAMED):
                record(
                    "export.created",
                    by=by,
                    school_id=school_id,
                    resource=("student", None),
                    students=ids[start : start + MOST_NAMED],
                    data={"format": "csv", "page": page, "filters": list(filters), "rows": len(ids)},
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


def note_scan(*, by: Actor, evidence: Evidence) -> None:
    """Record that somebody took the scan of an evidence away, with the students whom it concerns."""
    with transaction.atomic():
        record(
            "student.viewed",
            by=by,
            school_id=evidence.school_id,
            resource=("evidence", evidence.id),
            students=EvidencedConsent.objects.filter(evidence=evidence).values_list("student_id", flat=True),
            data={"scan": True, "sha256": evidence.sha256},
        )


def note_session(*, by: Actor, judged: JudgedSession, page: str) -> None:
    """Record that somebody asked who of a session may be recorded, with the students concerned."""
    with transaction.atomic():
        record(
            "student.searched",
            by=by,
            school_id=judged.session.school_id,
            resource=("session", judged.session.id),
            session_id=judged.session.id,
            students=judged.gate.student_ids,
            data={"page": page, "groups": len(judged.gate.groups), "recordable": judged.gate.recordable_groups},
        )


def note_comparison(*, by: Actor, import_id: str, school_id: str, filters: Sequence[str], page: str, rows: int) -> None:
    """Record that somebody read person by person what a roster would change at one school."""
    with transaction.atomic():
        record(
            "student.searched",
            by=by,
            school_id=school_id,
            resource=("roster", import_id),
            data={"page": page, "filters": list(filters), "rows": rows},
        )


def note_sessions(*, by: Actor, sessions: Collection[JudgedSession]) -> None:
    """Record that somebody saw which of these sessions may be recorded: one event for each school, no student named."""
    seen = [(judged.session.id, judged.session.school_id) for judged in sessions]
    with transaction.atomic():
        for school_id, ids in _by_school(seen).items():
            record(
                "student.searched",
                by=by,
                school_id=school_id,
                resource=("session", None),
                data={"page": "sessions", "sessions": ids},
            )


def _by_school(seen: Iterable[tuple[str, str | None]]) -> Mapping[str | None, list[str]]:
    """Return ids by school; where nothing was seen, that nothing of no school was."""
    found: dict[str | None, list[str]] = {}
    for one, school_id in seen:
        found.setdefault(school_id, []).append(one)
    return found or {None: []}
