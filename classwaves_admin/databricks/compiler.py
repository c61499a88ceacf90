"""Statements of the ORM as Databricks SQL takes them. Found by Django through `DatabaseOperations.compiler_module`."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError, NotSupportedError
from django.db.models import Field
from django.db.models.constants import OnConflict
from django.db.models.sql import compiler

from classwaves_admin.databricks.merge import filled, insert_sql, json_arrays, json_object, merge_sql, within_limit
from classwaves_admin.databricks.nested import NestedValue
from classwaves_admin.databricks.operations import MOST_MARKERS
from classwaves_admin.databricks.time_travel import gone

Statement = tuple[str, tuple[Any, ...]]
Column = Field[Any, Any]


class SQLCompiler(compiler.SQLCompiler):
    """SELECT."""

    def as_sql(self, *args: Any, **kwargs: Any) -> Statement:
        """Return the statement; of more texts than the server binds, the longest stand in it."""
        sql, params = super().as_sql(*args, **kwargs)
        return within_limit(sql, params, most=MOST_MARKERS)

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Run the statement. Raises NotSupportedError where it asks for a version that is no longer kept."""
        try:
            return super().execute_sql(*args, **kwargs)
        except DatabaseError as error:
            if sentence := gone(error):
                raise NotSupportedError(sentence) from error
            raise


class SQLAggregateCompiler(SQLCompiler, compiler.SQLAggregateCompiler):
    """SELECT of aggregates over a query."""


class SQLDeleteCompiler(compiler.SQLDeleteCompiler):
    """DELETE."""


class SQLUpdateCompiler(compiler.SQLUpdateCompiler):
    """UPDATE."""

    def as_sql(self) -> Statement:  # type: ignore[override]  # as Django
        """Return the statement; texts that are too long for parameters stand in it."""
        sql, params = super().as_sql()
        return within_limit(sql, params)


class SQLInsertCompiler(compiler.SQLInsertCompiler):
    """INSERT, and MERGE where a conflict is to be ignored or updated."""

    query: Any  # the stubs lack what to do with a conflict

    def execute_sql(  # type: ignore[override]  # as Django
        self, returning_fields: Sequence[Column] | None = None
    ) -> list[tuple[Any, ...]]:
        """Send the rows and give back what was asked for: all values are known here, ids among them."""
        self._fill_ids()
        with self.connection.cursor() as cursor:
            for sql, params in self.as_sql():
                cursor.execute(sql, params)
        return [tuple(getattr(row, field.attname) for field in returning_fields or ()) for row in self.query.objs]

    def as_sql(self) -> list[Statement]:  # type: ignore[override]  # django-stubs: one statement each
        """Return the statements: one row as VALUES, many as JSON."""
        fields: list[Column] = list(self.query.fields) or [self.query.get_meta().pk]
        rows = [
            [self.prepare_value(field, self.pre_save_val(field, row)) for field in fields] for row in self.query.objs
        ]
        plain = all(isinstance(value, NestedValue) or not hasattr(value, "as_sql") for row in rows for value in row)
        if self.query.on_conflict is not None:
            if not plain:
                raise NotSupportedError("Databricks merges values, not expressions.")
            return list(self._merge(fields, rows, self.query.on_conflict))
        if plain and len(rows) > 1:
            table = self.query.get_meta().db_table
            return list(self._as_json(insert_sql(self._quote, table, self._typed(fields)), fields, rows))
        return list(self._as_values(fields, rows))

    def _quote(self, name: str) -> str:
        return str(self.connection.ops.quote_name(name))

    def _typed(self, fields: Iterable[Column]) -> list[tuple[str, str]]:
        return [(str(field.column), str(field.db_type(self.connection))) for field in fields]

    def _as_values(self, fields: list[Column], rows: list[list[Any]]) -> Iterable[Statement]:
        names = ", ".join(self._quote(str(field.column)) for field in fields)
        head = f"INSERT INTO {self._quote(self.query.get_meta().db_table)} ({names})"
        placeholders, params = self.assemble_as_sql(fields, rows)
        size = max(1, MOST_MARKERS // max(1, len(fields)))
        for first in range(0, len(rows), size):
            chosen: Iterable[Any] = placeholders[first : first + size]
            body = self.connection.ops.bulk_insert_sql(fields, chosen)
            yield within_limit(f"{head} {body}", [value for row in params[first : first + size] for value in row])

    def _merge(self, fields: list[Column], rows: list[list[Any]], conflict: OnConflict) -> Iterable[Statement]:
        opts = self.query.get_meta()
        keys = [str(field.column) for field in self.query.unique_fields or [opts.pk]]
        sql = merge_sql(
            self._quote,
            opts.db_table,
            self._typed(fields),
            keys=keys,
            update=[str(field.column) for field in self.query.update_fields or ()],
        )
        places = [number for number, field in enumerate(fields) if field.column in keys]
        yield from self._as_json(sql, fields, _distinct(rows, places, last_wins=conflict == OnConflict.UPDATE))

    def _as_json(self, sql: str, fields: list[Column], rows: Iterable[list[Any]]) -> Iterable[Statement]:
        names = [str(field.column) for field in fields]
        objects = (json_object(dict(zip(names, map(_plain, row), strict=True))) for row in rows)
        for array in json_arrays(objects):
            yield filled(sql, array)

    def _fill_ids(self) -> None:
        auto = self.query.get_meta().auto_field
        if auto is None or auto in self.query.fields or self.query.raw:
            return
        for row in self.query.objs:
            setattr(row, auto.attname, new_number())
        self.query.fields = [auto, *self.query.fields]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, NestedValue) else value


def _distinct(rows: list[list[Any]], places: list[int], *, last_wins: bool) -> list[list[Any]]:
    """Keep one row of each key: the server fails on two, or adds both."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key = tuple(row[place] for place in places)
        if last_wins or key not in found:
            found[key] = row
    return list(found.values())


_numbers = threading.Lock()
_last_number = 0
_SINCE = 1_704_067_200_000  # 2024-01-01 in milliseconds


def new_number() -> int:
    """Return an id for an AutoField: 41 bits of time and 12 at random, rising within a process, safe in JSON.

    The server's own IDENTITY columns would allow one writer at a time.
    """
    global _last_number  # noqa: PLW0603 - one series for the process
    with _numbers:
        now = int(time.time() * 1000) - _SINCE
        _last_number = max(_last_number + 1, now << 12 | secrets.randbits(12))
        return _last_number


__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
    "new_number",
]
