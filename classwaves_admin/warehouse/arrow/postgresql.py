"""PostgreSQL by COPY, its fastest way out: the server's CSV is read into columns batch by batch.

COPY has its connection for itself to the end. So it has one of its own: on Django's, the next statement of the same
thread, such as the event that says that a file is handed over, would wait for the COPY that waits for the thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pyarrow as pa
import pyarrow.csv as pacsv

from classwaves_admin.warehouse.arrow import rows
from classwaves_admin.warehouse.arrow.columns import UnreadableColumn
from classwaves_admin.warehouse.arrow.question import Question
from classwaves_admin.warehouse.copying import joined


def batches(question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the answer. Raises UnreadableColumn, and Django's database errors.

    Inside a transaction only Django's connection sees what is not committed, and rows come by its cursor.
    """
    if question.connection.in_atomic_block:
        yield from rows.batches(question)
        return
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
        closing(question.connection.copy()) as own,
        own.cursor() as cursor,
        own.wrap_database_errors,
        cursor.cursor.copy(statement, question.params) as copy,
    ):
        for lines in joined(copy, question.size):
            yield _read(lines, question, options)


def _read(lines: bytes, question: Question, options: pacsv.ConvertOptions) -> pa.RecordBatch:
    read = pacsv.ReadOptions(use_threads=False, column_names=question.types.names, block_size=len(lines) + 1)
    parse = pacsv.ParseOptions(newlines_in_values=True)
    try:
        table = pacsv.read_csv(pa.py_buffer(lines), read, parse, options)
    except pa.ArrowInvalid:
        # What the library says has the value in it.
        raise UnreadableColumn("A column holds a value that its type in the catalog does not allow.") from None
    (batch,) = table.combine_chunks().to_batches()
    return batch
