"""The access audit: who saw or changed what, from the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet

from audit.events import EVENTS
from audit.models import Making
from audit.queries.indexed import rows_of
from audit.queries.names import names_of
from audit.reports.scope import Frame, about, frame_of
from audit.rules.criteria import Criteria, Values
from audit.rules.lines import ACTOR_LABELS, SYSTEM_PREFIX, actor_name, concerned_students, event_label
from audit.rules.messy import at_school
from audit.rules.names import Names
from audit.rules.printed import at, portions, printed, utc, whole
from audit.rules.reading import NO_LOOKS
from audit.rules.reports import ChartOf, Column, LongReport, Row
from classwaves_admin.lib.actor import ActorType
from classwaves_admin.warehouse.models import AuditLog

KIND, TITLE, STEM = "report.access_audit", "Access audit", "access-audit"
# The parameter that leaves out what shows no record, and how the cover says so.
LOOKS = "looks"
LOOKS_WORDS = "Looks alone: what showed a record, played it, or handed it over"
OLDEST_FIRST = ("event_timestamp", "id")
PORTION = 500
# Names in a printed cell; the CSV file has every id.
MOST_NAMES = 6
HEADER = (
    "event_id",
    "event_at_utc",
    "actor_id",
    "actor_name",
    "actor_type",
    "event_type",
    "event_category",
    "description",
    "resource_type",
    "resource_id",
    "school_id",
    "school_name",
    "session_id",
    "student_ids",
    "student_names",
    "compliance_basis",
    "ip_address",
)
LEGEND = (
    ("When", "The moment of the event, in the time zone that the cover names."),
    ("Who", "The person or service that acted, and as what. Guardians are not named: each has a right to that."),
    ("Basis", "The ground in law on which it was done, as a code: FERPA is 34 CFR Part 99, COPPA is 16 CFR Part 312."),
    ("From", "The network address of the person’s device, where one is known."),
    ("Other services", "Rows that other ClassWaves services wrote are printed as they are."),
)


def gather(making: Making, now: datetime) -> LongReport:
    """Return the access audit that a making asks for, inside its scope."""
    frame = frame_of(making)
    return report_of(rows_of(criteria_of(making, frame)), frame, filters=_filters(making), as_of=now)


def count(making: Making, most: int) -> int:
    """Return how many rows the access audit of a making has, inside its scope, up to one more than `most`."""
    return rows_of(criteria_of(making, frame_of(making)))[: most + 1].count()


def criteria_of(making: Making, frame: Frame) -> Criteria:
    """Return the search of a making: with LOOKS the one of the page of who looked at a record."""
    event, student = making.parameters.get("event", ""), making.parameters.get("student", "")
    wanted = Values(events=(event,) if event else (), students=(student,) if student else ())
    unwanted = Values(events=NO_LOOKS) if making.parameters.get(LOOKS) else Values()
    return Criteria(since=frame.since, until=frame.until, wanted=wanted, unwanted=unwanted)


def report_of(rows: QuerySet[AuditLog], frame: Frame, *, filters: str, as_of: datetime) -> LongReport:
    """Return the access audit of these rows, inside the scope of who reads it; `filters` says which they are."""
    several = frame.several
    return LongReport(
        title=TITLE,
        lead="Who saw or changed what in the records of the school, oldest first. It may tell of what a court has "
        "sealed: it is for the office and its auditors.",
        about=frame.about,
        schools=list(frame.schools.values()),
        zone=frame.zone,
        period=frame.period,
        filters=filters,
        as_of=as_of,
        columns=_columns(several=several),
        header=HEADER,
        charts=(
            ChartOf("Events over time", "events", over_time=True),
            ChartOf("Events by what was done", "events"),
        ),
        legend=LEGEND,
        rows=_rows(rows.order_by(*OLDEST_FIRST).iterator(chunk_size=PORTION), frame, several=several),
    )


def _filters(making: Making) -> str:
    """Return the filters in words; the student is named inside the report alone."""
    words = []
    if event := making.parameters.get("event"):
        words.append(f"Events: {EVENTS[event].label if event in EVENTS else event}")
    if making.parameters.get(LOOKS):
        words.append(LOOKS_WORDS)
    if student := making.parameters.get("student"):
        words.append(about(student))
    return ". ".join(words) or "None: every event"


def _columns(*, several: bool) -> tuple[Column, ...]:
    if several:
        return (
            Column("When", 17),
            Column("Who", 15),
            Column("What", 17),
            Column("Students", 14),
            Column("School", 13),
            Column("Basis", 14, code=True),
            Column("From", 10, code=True),
        )
    return (
        Column("When", 17),
        Column("Who", 18),
        Column("What", 20),
        Column("Students", 18),
        Column("Basis", 16, code=True),
        Column("From", 11, code=True),
    )


def _rows(found: Iterator[AuditLog], frame: Frame, *, several: bool) -> Iterator[Row]:
    for portion in portions(found, PORTION):
        names = names_of(
            actors=[row.actor_id for row in portion],
            students=[student for row in portion for student in concerned_students(row)],
            schools=(),
        )
        for row in portion:
            yield _row(row, names, frame, several=several)


def _row(row: AuditLog, names: Names, frame: Frame, *, several: bool) -> Row:
    students = concerned_students(row)
    called = [names.students.get(student, student) for student in students]
    actor = actor_name(row.actor_id, row.actor_type, names)
    label = event_label(row.event_type)
    school = frame.schools.get(row.school_id, row.school_id)
    says_all = row.actor_type == ActorType.PARENT or row.actor_id.startswith(SYSTEM_PREFIX)
    label_of_role = ACTOR_LABELS.get(row.actor_type, row.actor_type)
    role = label_of_role if row.actor_type == ActorType.SYSTEM else label_of_role.lower()
    cells = [
        at(row.event_timestamp, frame.zone),
        printed(actor if says_all else f"{actor or row.actor_id}, {role}"),
        printed(label),
        printed(_some(called)),
        *([printed(school)] if several else []),
        printed(row.compliance_basis),
        printed(row.ip_address),
    ]
    values = (
        row.pk,
        utc(row.event_timestamp),
        row.actor_id,
        actor,
        row.actor_type,
        row.event_type,
        row.event_category,
        row.description,
        row.resource_type,
        row.resource_id,
        row.school_id,
        school,
        row.session_id,
        " ".join(students),
        "; ".join(called),
        row.compliance_basis,
        row.ip_address,
    )
    day = at_school(row.event_timestamp, frame.zone).date()
    return Row(cells, [whole(value) for value in values], (day, printed(label)))


def _some(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES:,} more"
