"""PostgreSQL through its ADBC driver, which reads a binary COPY in C and leaves Python's lock to others meanwhile.

The driver has a connection of its own: it sees what is committed, as of its first row, and the next statement of the
same thread, such as the event that says that a file is handed over, need not wait for the end of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from psycopg.conninfo import make_conninfo

from classwaves_admin.warehouse.arrow import rows
from classwaves_admin.warehouse.arrow.columns import INSTANT, typed, unreadable
from classwaves_admin.warehouse.arrow.question import Question

# What the driver reads before it hands a batch over; some 2,000 rows of the audit log.
_BYTES = 1024 * 1024
# The years 1 to 9999 in microseconds since 1970: what a calendar, and Django, can say.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


def batches(question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the answer. Raises UnreadableColumn, and Django's database errors.

    Inside a transaction only Django's connection sees what is not committed, and rows come by its cursor.
    """
    if question.connection.in_atomic_block:
        yield from rows.batches(question)
        return
    # With the driver comes pandas: 0.4 seconds of a process that starts, and most never export.
    from adbc_driver_manager import Error
    from adbc_driver_postgresql import StatementOptions, dbapi

    statement, address = _bound(question), _address(question.connection)
    with ExitStack() as open_now:
        try:
            driver = open_now.enter_context(closing(dbapi.connect(address)))
            cursor = open_now.enter_context(closing(driver.cursor()))
            cursor.adbc_statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(_BYTES)})
            cursor.execute(statement)
            reader = open_now.enter_context(closing(cursor.fetch_record_batch()))
        except Error as error:
            raise OperationalError("PostgreSQL refused to read rows.") from error
        for batch in _read(reader, question):
            for start in range(0, batch.num_rows, question.size):
                yield batch.slice(start, question.size)


def _bound(question: Question) -> str:
    """Return the statement with its values in it: COPY, by which the driver reads, takes no parameters."""
    with question.connection.cursor() as cursor:
        return str(cursor.cursor.mogrify(question.sql, question.params))


def _address(connection: BaseDatabaseWrapper) -> str:
    """Return where Django's own connection leads, with its settings."""
    info = connection.connection.info
    return make_conninfo(**info.get_parameters(), **({"password": info.password} if info.password else {}))


def _read(reader: Any, question: Question) -> Iterator[pa.RecordBatch]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise OperationalError("PostgreSQL gave up in the midst of an export.") from error
        arrays = [_column(array, field) for array, field in zip(batch.columns, question.types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=question.types)


def _column(array: pa.Array, field: pa.Field) -> pa.Array:
    """Return a column of the batch in its type."""
    if field.type == INSTANT:
        found = pc.min_max(array.cast(pa.int64())).as_py()
        if found["min"] is not None and not _FIRST <= found["min"] <= found["max"] <= _LAST:
            raise unreadable(field)  # PostgreSQL knows infinity
    return typed(array, field)
