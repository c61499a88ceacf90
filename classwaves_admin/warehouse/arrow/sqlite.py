"""SQLite through its ADBC driver, which makes columns in C, in a process of its own.

The driver brings a SQLite of its own. Two of them in one process take each other's locks away, and the second cuts the
shared memory of the first, which then dies of SIGBUS (sqlite.org/howtocorrupt.html, 2.2.1). What few rows need comes by
Django's cursor: a process takes a fifth of a second to start.

The driver sees what is committed, as of its first row. It takes the type of a column from the values of the first
batch, so a row of our own goes in front, which has every type.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import quote

import pyarrow as pa
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from django.utils.dateparse import parse_datetime

from classwaves_admin.warehouse.arrow import rows
from classwaves_admin.warehouse.arrow.columns import INSTANT, instants, none_at_all, text, typed, unreadable
from classwaves_admin.warehouse.arrow.question import Question

# Up to so many rows come by Django's cursor: no process is started for them.
FEW = 4_000
# What the driver's process may be ahead: a megabyte, where Linux itself gives 64 kB.
PIPE_BYTES = 1024 * 1024
GAVE_UP = "SQLite gave up in the midst of an export."


def can_read(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the driver sees what the connection sees: a file, and nothing that is not committed yet."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return False
    return Path(str(connection.settings_dict["NAME"])).is_file()


def batches(question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the answer. Raises UnreadableColumn, and Django's database errors."""
    held = _few(question)
    yield from by_driver(question) if held is None else held


def _few(question: Question) -> list[pa.RecordBatch] | None:
    """Return the whole answer where it is small; None where the driver has to read it."""
    held: list[pa.RecordBatch] = []
    with closing(rows.batches(question)) as some:
        try:
            for batch in some:
                held.append(batch)
                if sum(each.num_rows for each in held) > FEW or _lacks_a_moment(batch):
                    return None
        except OperationalError:  # Python's own driver stops at text that is no UTF-8
            return None
    return held


def _lacks_a_moment(batch: pa.RecordBatch) -> bool:
    """Tell whether a moment is missing: Python's own driver has none for text that is no moment too."""
    return any(column.null_count for column in batch.columns if column.type == INSTANT)


def by_driver(question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the answer as `batches` does, however small it is."""
    with _reader(_asked(question)) as process:
        try:
            answer = pa.ipc.open_stream(process.stdout)
        except pa.ArrowException:
            # A function that Python gave Django's own connection, such as REGEXP; what is wrong is told there.
            yield from rows.batches(question)
            return
        yield from _read(answer, question)
        if process.wait():
            raise OperationalError(GAVE_UP)


@contextmanager
def _reader(asked: pa.RecordBatch) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that reads, and end it with the block. What it says of errors may hold rows: nobody hears it."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", str(Path(__file__).with_name("sqlite_reader.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pipesize=PIPE_BYTES,
    ) as process:
        try:
            # One that ends before it has read the question has no answer either, which is told there.
            with suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as question:
                _send(asked, question)
            yield process
        finally:
            process.kill()


def _asked(question: Question) -> pa.RecordBatch:
    """Return what `sqlite_reader.py` answers."""
    place = quote(str(Path(str(question.connection.settings_dict["NAME"])).absolute()))
    about = {"file": f"file:{place}?mode=ro", "sql": _behind_a_row_of_ours(question), "size": str(question.size)}
    parameters = pa.record_batch([[value] for value in question.params], [""] * len(question.params))
    return parameters.replace_schema_metadata(about)


def _send(asked: pa.RecordBatch, question: IO[bytes]) -> None:
    with pa.ipc.new_stream(question, asked.schema) as stream:
        stream.write_batch(asked)


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
            raise OperationalError(GAVE_UP) from error
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
