"""How rows of the log are told to people: names for ids, words for codes, times at the school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Protocol

from django.utils import dateformat

from audit.events import EVENTS, Category
from audit.record import NO_SCHOOL
from audit.rules.messy import at_school, student_ids
from audit.rules.names import Names
from classwaves_admin.lib.actor import ActorType

# Names of students in one line of the list; the row's own page has them all.
LISTED_STUDENTS = 3
DETAILED_STUDENTS = 200
LISTED_TEXT = 240
SYSTEM_PREFIX = "system:"
NOON = 12

# By code: other services write codes that the portal does not know.
CATEGORY_LABELS: Mapping[str, str] = {
    Category.AUTH: "Sign-in",
    Category.SESSION: "Classroom session",
    Category.DATA: "Data",
}
ACTOR_LABELS: Mapping[str, str] = {
    ActorType.TEACHER: "Teacher",
    ActorType.STUDENT: "Student",
    ActorType.SYSTEM: "ClassWaves itself",
    ActorType.ADMIN: "Administrator",
    ActorType.AUDITOR: "Auditor",
    ActorType.PARENT: "Parent or guardian",
}


class Row(Protocol):
    """The columns of `compliance.audit_log` that the list shows."""

    pk: str
    actor_id: str
    actor_type: str
    event_type: str
    event_category: str
    event_timestamp: datetime
    resource_type: str
    resource_id: str | None
    school_id: str
    description: str
    affected_student_ids: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in words of the school's calendar, and as ISO 8601 in UTC."""

    day: str
    time: str
    zone: str
    utc: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the list shows it. `actor_named` is False where only the raw id is known; `url` is of its page."""

    id: str
    url: str
    at: Moment
    event: str
    event_label: str
    category_label: str
    actor: str
    actor_named: bool
    actor_label: str
    students: tuple[str, ...]
    more_students: int
    school: str
    description: str


def line(row: Row, names: Names, *, url: str = "", students: int = LISTED_STUDENTS, text: int = LISTED_TEXT) -> Line:
    """Return the row as people read it, with at most `students` names and `text` characters of description."""
    concerned = concerned_students(row)
    label = event_label(row.event_type)
    name = actor_name(row.actor_id, row.actor_type, names)
    description = "" if row.description == label else shortened(row.description, text)
    return Line(
        id=row.pk,
        url=url,
        at=told(row.event_timestamp, names.zone(row.school_id)),
        event=row.event_type,
        event_label=shortened(label, text),
        category_label=CATEGORY_LABELS.get(row.event_category, row.event_category),
        actor=name or row.actor_id,
        actor_named=bool(name),
        actor_label=ACTOR_LABELS.get(row.actor_type, row.actor_type),
        students=tuple(names.students.get(student, student) for student in concerned[:students]),
        more_students=max(0, len(concerned) - students),
        school=names.schools.get(row.school_id, "" if row.school_id == NO_SCHOOL else row.school_id),
        description=description,
    )


def told(moment: datetime, zone: tzinfo) -> Moment:
    """Return the moment as the school's people read it."""
    local = at_school(moment, zone)
    return Moment(
        day=_day(local.date()),
        time=f"{local.hour % NOON or NOON}:{local.minute:02}:{local.second:02} {'AM' if local.hour < NOON else 'PM'}",
        zone=local.tzname() or "",
        utc=moment.isoformat(),
    )


@lru_cache(1_000)
def _day(day: date) -> str:
    """Return the day in words; the rows of a page are of a few days, and Django's words for one take their time."""
    return dateformat.format(day, "M j, Y")


def event_label(name: str) -> str:
    """Return the words for an event; the name itself for one that the portal does not know."""
    known = EVENTS.get(name)
    return known.label if known else name


def actor_name(actor_id: str, actor_type: str, names: Names) -> str:
    """Return who acted, or empty text where no name is known. Guardians stay unnamed: each has a right to that."""
    if actor_type == ActorType.PARENT:
        return "A guardian"
    if actor_id.startswith(SYSTEM_PREFIX):
        return f"ClassWaves ({actor_id.removeprefix(SYSTEM_PREFIX)})"
    return names.people(actor_id)


def concerned_students(row: Row) -> list[str]:
    """Return the ids of the students that a row is about, those of its own list first."""
    ids = student_ids(row.affected_student_ids)
    if row.resource_type == "student" and row.resource_id:
        ids.append(row.resource_id)
    return list(dict.fromkeys(ids))


def shortened(text: str, length: int) -> str:
    """Return at most `length` characters of the text, with an ellipsis where something was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
