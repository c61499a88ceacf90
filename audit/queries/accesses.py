"""Who looked at a student's record, by the same search as the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Value

from audit.queries.indexed import rows_of
from audit.rules.criteria import Criteria, Resource, Values
from audit.rules.reading import FILES, NO_CHILD, NO_LOOKS
from classwaves_admin.warehouse.fields import StringField
from classwaves_admin.warehouse.models import AuditLog

# Kinds of looks by person: more than a school has people.
MOST_GROUPS = 1_000
_RECORD, _FILES = "record", "files"


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


def school_files(school_id: str) -> QuerySet[AuditLog]:
    """Return the events of files that were made of a whole school: they name no student, and may hold any."""
    rows = rows_of(
        Criteria(
            wanted=Values(schools=(school_id,), events=FILES),
            unwanted=Values(resources=tuple(map(Resource, NO_CHILD))),
        )
    )
    return rows.filter(Q(affected_student_ids__isnull=True) | Q(affected_student_ids__in=["", "[]"]))


def accesses(student_id: str, school_id: str) -> tuple[list[Access], list[Access]]:
    """Return who looked at the student's record, and who had files of the whole school, who did last first.

    One warehouse query.
    """
    counted = _counted(rows_of(looks_at(student_id)), _RECORD).union(
        _counted(school_files(school_id), _FILES), all=True
    )
    lines = list(counted.order_by("-last", "actor_id", "event_type")[:MOST_GROUPS])
    found = {kind: by_person(Looks(*line) for of, *line in lines if of == kind) for kind in (_RECORD, _FILES)}
    return found[_RECORD], found[_FILES]


def _counted(rows: QuerySet[AuditLog], kind: str) -> QuerySet[Any, Any]:
    grouped = rows.annotate(kind=Value(kind, output_field=StringField())).values(
        "kind", "actor_id", "actor_type", "event_type"
    )
    counted = grouped.annotate(times=Count("pk"), first=Min("event_timestamp"), last=Max("event_timestamp")).order_by()
    found: QuerySet[Any, Any] = counted.values_list(
        "kind", "actor_id", "actor_type", "event_type", "times", "first", "last"
    )
    return found


def by_person(looks: Iterable[Looks]) -> list[Access]:
    """Return the looks put together by person, who looked last first."""
    people: dict[tuple[str, str], list[Looks]] = {}
    for one in looks:
        people.setdefault((one.actor_id, one.actor_type), []).append(one)
    found = [
        Access(*who, tuple(sorted(theirs, key=lambda one: (-one.times, one.event)))) for who, theirs in people.items()
    ]
    return sorted(found, key=lambda access: access.last, reverse=True)
