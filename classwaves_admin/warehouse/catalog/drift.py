"""Compares the live warehouse with the models. Reads only, in one statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse import log_index
from classwaves_admin.warehouse.catalog.describe import ColumnDescription, describe
from classwaves_admin.warehouse.catalog.types import LiveColumn, comparable, live_tables

# Django's own note of applied migrations and the log's index live beside the 27 tables.
NOT_OF_THE_CATALOG = frozenset({"django_migrations"}) | log_index.TABLES


class Kind(StrEnum):
    """How the warehouse can differ from the models."""

    MISSING_TABLE = "missing table"
    EXTRA_TABLE = "extra table"
    MISSING_COLUMN = "missing column"
    EXTRA_COLUMN = "extra column"
    TYPE = "type"
    NULLABILITY = "nullability"


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: where it is, what the models say and what the warehouse has."""

    kind: Kind
    table: str
    column: str = ""
    expected: str = ""
    live: str = ""

    def __str__(self) -> str:
        where = f"{self.table}.{self.column}" if self.column else self.table
        if self.expected or self.live:
            return f"{self.kind}: {where} is {self.live} in the warehouse and {self.expected} in the models"
        return f"{self.kind}: {where}"


def drifts(connection: BaseDatabaseWrapper) -> list[Drift]:
    """Return every difference between the warehouse and the models, in the order of the catalog. One statement."""
    live = live_tables(connection)
    tables = describe()
    found: list[Drift] = []
    for table in tables:
        if table.name in live:
            found.extend(_column_drifts(connection, table.name, table.columns, live[table.name]))
        else:
            found.append(Drift(Kind.MISSING_TABLE, table.name))
    extra = live.keys() - {table.name for table in tables} - NOT_OF_THE_CATALOG
    return found + [Drift(Kind.EXTRA_TABLE, name) for name in sorted(extra)]


def _column_drifts(
    connection: BaseDatabaseWrapper, table: str, columns: tuple[ColumnDescription, ...], live: dict[str, LiveColumn]
) -> Iterator[Drift]:
    unknown = live.keys() - {column.name for column in columns}
    for column in columns:
        if column.name not in live:
            yield Drift(Kind.MISSING_COLUMN, table, column.name)
            continue
        there = live[column.name]
        if there.type != comparable(connection, column.type):
            yield Drift(Kind.TYPE, table, column.name, expected=column.type, live=there.type)
        if there.nullable != column.nullable:
            yield Drift(
                Kind.NULLABILITY, table, column.name, expected=_null(column.nullable), live=_null(there.nullable)
            )
    for name in (name for name in live if name in unknown):
        yield Drift(Kind.EXTRA_COLUMN, table, name)


def _null(nullable: bool) -> str:
    return "NULL" if nullable else "NOT NULL"
