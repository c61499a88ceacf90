"""Rows as Django's cursor gives them, turned into columns: slow, and able to carry every type of the catalog."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import pyarrow as pa
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse.arrow.columns import INSTANT, instants, unreadable
from classwaves_admin.warehouse.arrow.question import Question

Convert = Callable[[Any, Any, BaseDatabaseWrapper], Any]


def batches(question: Question) -> Generator[pa.RecordBatch]:
    """Yield the answer. Raises UnreadableColumn, and Django's database errors."""
    compiler = question.compiler
    converters: dict[int, Any] = compiler.get_converters([expression for expression, _, _ in compiler.select])
    with question.connection.chunked_cursor() as cursor:
        cursor.execute(question.sql, question.params)
        while rows := cursor.fetchmany(question.size):
            arrays = [
                _column(question.connection, values, question.types.field(place), *converters.get(place, ([], None)))
                for place, values in enumerate(zip(*rows, strict=True))
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=question.types)


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
            return instants(values, lambda: _converted(values, converters, expression, connection))
        found = _converted(values, converters, expression, connection)
        if pa.types.is_map(field.type):
            found = [None if value is None else list(value.items()) for value in found]
        return pa.array(found, field.type)
    except (pa.ArrowException, ValueError, TypeError, AttributeError, ArithmeticError):
        raise unreadable(field) from None


def _converted(
    values: Sequence[Any], converters: Sequence[Convert], expression: Any, connection: BaseDatabaseWrapper
) -> Sequence[Any]:
    """Return what Django makes of the values that the driver sent."""
    for convert in converters:
        values = [convert(value, expression, connection) for value in values]
    return values
