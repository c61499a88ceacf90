"""SQLite through its ADBC driver, which makes columns in C and leaves Python's lock to others meanwhile.

The driver reads the file by a connection of its own: it sees what is committed, as of its first row. It takes the
type of a column from the values of the first batch, so a row of our own goes in front, which has every type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from django.utils.dateparse import parse_datetime

from classwaves_admin.warehouse.arrow import rows
from classwaves_admin.warehouse.arrow.columns import INSTANT, instants, none_at_all, text, typed, unreadable
from classwaves_admin.warehouse.arrow.question import Question

_BATCH = "adbc.sqlite.query.batch_rows"


def can_read(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the driver sees what the connection sees: a file, and nothing that is not committed yet."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return False
    return Path(str(connection.settings_dict["NAME"])).is_file()


def batches(question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the answer. Raises UnreadableColumn, and Django's database errors."""
    place = quote(str(Path(str(question.connection.settings_dict["NAME"])).absolute()))
    with ExitStack() as open_now:
        try:
            driver = open_now.enter_context(closing(dbapi.connect(f"file:{place}?mode=ro")))
            cursor = open_now.enter_context(closing(driver.cursor()))
            cursor.adbc_statement.set_options(**{_BATCH: str(question.size)})
            cursor.execute(_behind_a_row_of_ours(question), question.params or None)
            reader = open_now.enter_context(closing(cursor.fetch_record_batch()))
        except Error:
            # A function that Python gave Django's own connection, such as REGEXP; what is wrong is told there.
            reader = None
        yield from rows.batches(question) if reader is None else _read(reader, question)


def _behind_a_row_of_ours(question: Question) -> str:
    """Return the statement with a first row that has a value of its type in each column."""
    ours = ", ".join("''" if _is_text(field) else "0" for field in question.types)
    with question.connection.cursor() as cursor:
        asked = cursor.cursor.convert_query(question.sql)
    # With a limit, SQLite keeps the order of what stands in brackets.
    limit = "" if question.compiler.query.is_sliced else " LIMIT -1"
    return f"SELECT {ours} UNION ALL SELECT * FROM ({asked}{limit})"  # noqa: S608 - Django's own statement


def _read(reader: Any, question: Question) -> Iterator[pa.RecordBatch]:
    first = True
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise OperationalError("SQLite gave up in the midst of an export.") from error
        batch = batch.slice(1) if first else batch
        first = False
        if batch.num_rows:
            arrays = [_column(array, field) for array, field in zip(batch.columns, question.types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=question.types)


def _is_text(field: pa.Field) -> bool:
    return field.type in (pa.string(), INSTANT)


def _column(array: pa.Array, field: pa.Field) -> pa.Array:
    """Return a column of the batch in its type."""
    if _is_text(field) and not pa.types.is_string(array.type):
        if not pa.types.is_binary(array.type) and not none_at_all(array):
            raise unreadable(field)
        array = text(array) if pa.types.is_binary(array.type) else array.cast(pa.string())
    if field.type == INSTANT:
        try:
            return instants(array, lambda: _one_by_one(array.to_pylist()))
        except (pa.ArrowException, ValueError, TypeError):
            raise unreadable(field) from None
    return _valid(array) if pa.types.is_string(field.type) else typed(array, field)


def _valid(array: pa.Array) -> pa.Array:
    """Return text that is UTF-8: SQLite keeps whatever a program called text."""
    try:
        array.validate(full=True)
    except pa.ArrowException:
        return text(array.cast(pa.binary()))
    return array


def _one_by_one(values: Sequence[str | None]) -> list[datetime | None]:
    """Read instants as Django does."""
    return [None if value is None else _instant(value) for value in values]


def _instant(value: str) -> datetime:
    found = parse_datetime(value)
    if found is None:
        raise ValueError("No moment.")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
