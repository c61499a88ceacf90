"""Who looked at a student's record, by the same search as the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from audit.queries.indexed import about_student
from audit.queries.search import matching
from audit.rules.criteria import Criteria, Values
from audit.rules.reading import NO_LOOKS

# Kinds of looks by person: more than a school has people.
MOST_GROUPS = 1_000


@dataclass(frozen=True, slots=True)
class Looks:
    """How often one person did one thing that showed the record, the first and the last time."""

    actor_id: str
    actor_type: str
    event: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """All looks of one person, what was done most often first."""

    actor_id: str
    actor_type: str
    looks: tuple[Looks, ...]

    @property
    def times(self) -> int:
        """Return how often the person looked."""
        return sum(one.times for one in self.looks)

    @property
    def first(self) -> datetime:
        """Return the first time."""
        return min(one.first for one in self.looks)

    @property
    def last(self) -> datetime:
        """Return the last time."""
        return max(one.last for one in self.looks)


def looks_at(student_id: str) -> Criteria:
    """Return the search for everything that showed the student's record."""
    return Criteria(wanted=Values(students=(student_id,)), unwanted=Values(events=NO_LOOKS))


def accesses(student_id: str) -> list[Access]:
    """Return who looked at the student's record, who looked last first. One warehouse query."""
    about = about_student(student_id)
    rows = matching(looks_at(student_id)).filter(Q() if about is None else about)
    grouped = rows.values("actor_id", "actor_type", "event_type")
    counted = grouped.annotate(times=Count("pk"), first=Min("event_timestamp"), last=Max("event_timestamp")).order_by(
        "-last", "actor_id", "event_type"
    )
    return by_person(
        Looks(*row)
        for row in counted.values_list("actor_id", "actor_type", "event_type", "times", "first", "last")[:MOST_GROUPS]
    )


def by_person(looks: Iterable[Looks]) -> list[Access]:
    """Return the looks put together by person, who looked last first."""
    people: dict[tuple[str, str], list[Looks]] = {}
    for one in looks:
        people.setdefault((one.actor_id, one.actor_type), []).append(one)
    found = [
        Access(*who, tuple(sorted(theirs, key=lambda one: (-one.times, one.event)))) for who, theirs in people.items()
    ]
    return sorted(found, key=lambda access: access.last, reverse=True)
