"""PostgreSQL by COPY, its fastest way out: the server's CSV is read into columns batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.csv as pacsv

from classwaves_admin.warehouse.arrow.columns import UnreadableColumn
from classwaves_admin.warehouse.arrow.question import Question


def batches(question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the answer. Raises UnreadableColumn, and Django's database errors."""
    statement = f"COPY ({question.sql}) TO STDOUT (FORMAT csv)"
    options = pacsv.ConvertOptions(
        column_types=question.types,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,  # the server writes empty text in quotes, and NULL without
        true_values=["t"],
        false_values=["f"],
    )
    with (
        question.connection.cursor() as cursor,
        question.connection.wrap_database_errors,
        cursor.cursor.copy(statement, question.params) as copy,
    ):
        rows = iter(copy)
        while lines := b"".join(islice(rows, question.size)):
            yield _read(lines, question, options)


def _read(lines: bytes, question: Question, options: pacsv.ConvertOptions) -> pa.RecordBatch:
    read = pacsv.ReadOptions(column_names=question.types.names, block_size=len(lines) + 1)
    parse = pacsv.ParseOptions(newlines_in_values=True)
    try:
        table = pacsv.read_csv(pa.py_buffer(lines), read, parse, options)
    except pa.ArrowInvalid:
        # What the library says has the value in it.
        raise UnreadableColumn("A column holds a value that its type in the catalog does not allow.") from None
    (batch,) = table.combine_chunks().to_batches()
    return batch
