"""The tables that an import writes, each with the columns that a roster says something about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import NoneType
from typing import Any

from django.db import models

from classwaves_admin.warehouse.models import CoppaCompliance, District, School, SchoolSetting, Student, Teacher
from classwaves_admin.warehouse.models._base import CatalogModel
from consent.models import Departure, Guardian, Guardianship, RosterStudent
from consent.roster.tally import Kept

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `columns` are those of a new row that differ from row to row, its key first."""

    name: str
    model: type[models.Model]
    columns: tuple[str, ...]
    kind: Kept | None = None

    @property
    def in_catalog(self) -> bool:
        """Tell whether it is written through the gateway."""
        return issubclass(self.model, CatalogModel)

    @property
    def has_updated_at(self) -> bool:
        """Tell whether a change leaves its time in the row."""
        return any(field.name == "updated_at" for field in self.model._meta.concrete_fields)

    @property
    def key(self) -> str:
        """Return the name of the key."""
        return self.columns[0]

    def rows(self, ids: Collection[str], columns: Sequence[str]) -> dict[str, Values]:
        """Return these columns of the rows that exist, by key."""
        found = self.model._default_manager.filter(pk__in=list(ids)).values(self.key, *columns)
        return {row[self.key]: row for row in found}


DISTRICTS = Table(
    "districts", District, ("id", "name", "student_count", "school_count", "teacher_count"), Kept.DISTRICTS
)
SCHOOLS = Table("schools", School, ("id", "name", "admin_email", "current_teachers"), Kept.SCHOOLS)
SETTINGS = Table("settings", SchoolSetting, ("id", "school_id"))
STAFF = Table("staff", Teacher, ("id", "name", "email", "role"), Kept.STAFF)
STUDENTS = Table(
    "students", Student, ("id", "display_name", "email", "grade_level", "status", "parent_email"), Kept.STUDENTS
)
AGES = Table(
    "ages",
    CoppaCompliance,
    ("id", "student_id", "birth_year", "is_under_13", "age_verification_method", "age_verified_at"),
    Kept.AGES,
)
GUARDIANS = Table("guardians", Guardian, ("id", "source_id", "name", "email", "language"), Kept.GUARDIANS)
TIES = Table(
    "guardianships",
    Guardianship,
    ("id", "guardian_id", "school_id", "student_id", "relationship", "stated_by_office", "restricted"),
    Kept.GUARDIANSHIPS,
)
ROSTER_STUDENTS = Table("roster students", RosterStudent, ("student_id", "school_id", "source_id"))
DEPARTURES = Table("departures", Departure, ("student_id", "school_id", "left_on", "reason"))
# In the order in which rows are written; undoing goes backwards.
TABLES = {
    table.name: table
    for table in (
        DISTRICTS,
        SCHOOLS,
        SETTINGS,
        STAFF,
        GUARDIANS,
        STUDENTS,
        AGES,
        ROSTER_STUDENTS,
        TIES,
        DEPARTURES,
    )
}


# What JSON holds as it is.
_PLAIN = frozenset({str, int, bool, NoneType})


def plain(value: Any) -> Any:
    """Return a value as JSON holds it, so that a value of long ago can be compared."""
    return value.isoformat() if isinstance(value, datetime | date) else value


def plain_row(row: Sequence[Any]) -> list[Any]:
    """Return a row as JSON holds it."""
    return [value if type(value) in _PLAIN else plain(value) for value in row]
