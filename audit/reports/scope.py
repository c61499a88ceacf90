"""What every report asks first: which schools, in whose time zone, for which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from audit.models import Making
from audit.queries.names import names_of
from audit.rules.periods import bounds
from audit.rules.reports import period_words
from classwaves_admin.schools.queries import time_zones
from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE
from classwaves_admin.warehouse.models import School


@dataclass(frozen=True, slots=True)
class Frame:
    """Schools by id, their words, and the period that a making's parameters name."""

    schools: dict[str, str]
    about: str
    zone: ZoneInfo
    since: datetime | None
    until: datetime | None

    @property
    def period(self) -> str:
        """Return the period in words."""
        return period_words(self.since, self.until, self.zone)

    @property
    def several(self) -> bool:
        """Tell whether rows must say of which school they are."""
        return len(self.schools) > 1

    @property
    def student_title(self) -> str:
        """Return the heading of the students' column."""
        return "Student and school" if self.several else "Student"

    def student(self, name: str, school_id: str) -> str:
        """Return the name of a student, with the school where there are several."""
        return f"{name} · {self.schools.get(school_id, school_id)}" if self.several else name


def frame_of(making: Making) -> Frame:
    """Return the frame of a making, inside its scope. One warehouse query, besides time zones."""
    schools = dict(School.objects.order_by("name", "id").values_list("id", "name"))
    zones = set(time_zones([making.school_id] if making.school_id else list(schools)).values())
    zone = zones.pop() if len(zones) == 1 else DEFAULT_TIME_ZONE  # the cover names it
    first, last = (_day(making.parameters.get(name)) for name in ("first", "last"))
    since, until = bounds(period="", first=first, last=last, today=date.max, zone=zone)
    return Frame(schools, in_words(making, schools), zone, since, until)


def about(student: str) -> str:
    """Return the filter "about one student" in words; the student is named inside the report alone."""
    names = names_of(actors=(), students=[student], schools=())
    return f"About one student: {names.students.get(student, student)}"


def in_words(making: Making, schools: dict[str, str]) -> str:
    """Return the words for the schools of a making: the name of the one, or how many there are."""
    if making.school_id:
        return schools.get(making.school_id, making.school_id)
    return next(iter(schools.values())) if len(schools) == 1 else f"{len(schools):,} schools"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
