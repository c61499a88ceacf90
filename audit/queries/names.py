"""Names for the ids in the log: one query to the catalog and one to the portal, however many rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import CharField, QuerySet, Value

from audit.rules.messy import usable
from audit.rules.names import Names
from classwaves_admin.accounts.models import User
from classwaves_admin.schools.queries import time_zones
from classwaves_admin.warehouse.models import School, Student, Teacher

NamedRow = tuple[str, ...]


def names_of(
    *, actors: Iterable[str], students: Iterable[str], schools: Iterable[str], asked: Iterable[str] = ()
) -> Names:
    """Return the names of people and schools by id. One warehouse query, besides time zones that are not remembered.

    `asked` are ids of people that no row holds: they are looked for in the catalog alone, whose names the person may
    see; the portal knows people of every school.
    """
    actor_ids, school_ids, asked_ids = _usable(actors), _usable(schools), _usable(asked)
    student_ids = _usable([*students, *actor_ids, *asked_ids])
    rows = named(Teacher.objects.filter(pk__in=_usable([*actor_ids, *asked_ids])), "staff", "id", "name")
    rows = rows.union(
        named(Student.objects.filter(pk__in=student_ids), "students", "id", "display_name"),
        named(School.objects.filter(pk__in=school_ids), "schools", "id", "name"),
        all=True,
    )
    found: dict[str, dict[str, str]] = {"staff": {}, "students": {}, "schools": {}}
    for kind, row_id, name in rows:
        found[kind][row_id] = name
    at_school = frozenset(found["staff"])
    found["staff"] = _portal_people(actor_ids) | found["staff"]
    return Names(**found, zones=time_zones(school_ids), at_school=at_school)


def _portal_people(ids: list[str]) -> dict[str, str]:
    return {pk: name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name") if name}


def _usable(ids: Iterable[str]) -> list[str]:
    return sorted(filter(usable, set(ids)))


def named(rows: QuerySet[Any], kind: str, key: str, name: str, *more: str) -> QuerySet[Any, NamedRow]:
    """Return rows of `(kind, key, name, *more)`, fit for a union with others of the same shape."""
    kinds = rows.annotate(kind=Value(kind, output_field=CharField())).order_by()
    return cast(QuerySet[Any, NamedRow], kinds.values_list("kind", key, name, *more))
