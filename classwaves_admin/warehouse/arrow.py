"""Rows of the catalog in columns (Apache Arrow), batch after batch: for exports, whatever their size.

Databricks sends Arrow, which goes on as it comes; SQLite and PostgreSQL send rows, which are turned into
columns. Either way the types are the catalog's, and no more than a batch is in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from classwaves_admin.warehouse.fields import CatalogColumn
from classwaves_admin.warehouse.models._base import CatalogModel

__all__ = ["SIZE", "UnreadableColumn", "batches", "schema"]

# Rows of a batch: some 5 MB of the audit log.
SIZE = 10_000
INSTANT = pa.timestamp("us", tz="UTC")
_TYPES = {
    "STRING": pa.string(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": INSTANT,
    "MAP<STRING,STRING>": pa.map_(pa.string(), pa.string()),
    "ARRAY<STRING>": pa.list_(pa.string()),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")

Convert = Callable[[Any, Any, BaseDatabaseWrapper], Any]


class UnreadableColumn(ValueError):
    """A column holds what its type in the catalog does not allow. Names the column, never the value."""


def schema(model: type[CatalogModel], names: Sequence[str]) -> pa.Schema:
    """Return the Arrow types of the named columns."""
    columns = {field.attname: field for field in model.columns()}
    return pa.schema([pa.field(name, _arrow_type(columns[name])) for name in names])


def batches(
    queryset: QuerySet[Any], names: Sequence[str] | None = None, *, size: int = SIZE
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `queryset`, at most `size` at a time, with the columns `names`, by default all.

    The statement is sent at the first batch, on the thread that asks for it. Close the iterator to end the
    statement early. Raises UnreadableColumn, and Django's database errors.
    """
    model = queryset.model
    names = names or [field.attname for field in model.columns()]
    types = schema(model, names)
    query = queryset.values_list(*names).query
    connection = connections[queryset.db]
    compiler = query.get_compiler(using=queryset.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        if connection.vendor == "databricks":
            yield from _sent_as_arrow(connection, cursor, types, size)
        else:
            converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
            yield from _sent_as_rows(connection, cursor, types, converters, size)


def _arrow_type(field: CatalogColumn[Any, Any]) -> pa.DataType:
    decimal = _DECIMAL.fullmatch(field.catalog_type)
    return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else _TYPES[field.catalog_type]


def _sent_as_arrow(
    connection: BaseDatabaseWrapper, cursor: Any, types: pa.Schema, size: int
) -> Iterator[pa.RecordBatch]:
    while True:
        with connection.wrap_database_errors:
            table = cursor.fetchmany_arrow(size)
        if not table.num_rows:
            return
        arrays = [_typed(array, field) for array, field in zip(table.columns, types, strict=True)]
        yield from pa.Table.from_arrays(arrays, schema=types).to_batches(max_chunksize=size)


def _typed(array: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if array.type == field.type:
        return array
    try:
        return array.cast(field.type)
    except pa.ArrowException:
        raise _unreadable(field) from None


def _sent_as_rows(
    connection: BaseDatabaseWrapper, cursor: Any, types: pa.Schema, converters: dict[int, Any], size: int
) -> Iterator[pa.RecordBatch]:
    while rows := cursor.fetchmany(size):
        arrays = [
            _column(connection, values, types.field(place), *converters.get(place, ([], None)))
            for place, values in enumerate(zip(*rows, strict=True))
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=types)


def _column(
    connection: BaseDatabaseWrapper,
    values: Sequence[Any],
    field: pa.Field,
    converters: Sequence[Convert],
    expression: Any,
) -> pa.Array:
    """Return one column of a batch of rows."""
    try:
        if field.type == INSTANT and connection.vendor == "sqlite":
            return _instants(values, lambda: _converted(values, converters, expression, connection))
        found = _converted(values, converters, expression, connection)
        if pa.types.is_map(field.type):
            found = [None if value is None else list(value.items()) for value in found]
        return pa.array(found, field.type)
    except (pa.ArrowException, ValueError, TypeError, AttributeError, ArithmeticError):
        raise _unreadable(field) from None


def _converted(
    values: Sequence[Any], converters: Sequence[Convert], expression: Any, connection: BaseDatabaseWrapper
) -> Sequence[Any]:
    """Return what Django makes of the values that the driver sent."""
    for convert in converters:
        values = [convert(value, expression, connection) for value in values]
    return values


def _instants(values: Sequence[Any], slowly: Callable[[], Sequence[Any]]) -> pa.Array:
    """Read SQLite's text of instants, all at once where they are written as Django writes them."""
    try:
        return pa.array(values, pa.string()).cast(pa.timestamp("us")).cast(INSTANT)
    except pa.ArrowException:
        return pa.array(slowly(), INSTANT)


def _unreadable(field: pa.Field) -> UnreadableColumn:
    return UnreadableColumn(f"The column {field.name} holds a value that is no {field.type}.")
