"""Databricks sends Arrow, which goes on as it comes."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from classwaves_admin.warehouse.arrow.columns import typed
from classwaves_admin.warehouse.arrow.question import Question


def batches(question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the answer. Raises UnreadableColumn, and Django's database errors."""
    with question.connection.chunked_cursor() as cursor:
        cursor.execute(question.sql, question.params)
        while True:
            with question.connection.wrap_database_errors:
                table = cursor.fetchmany_arrow(question.size)
            if not table.num_rows:
                return
            arrays = [typed(array, field) for array, field in zip(table.columns, question.types, strict=True)]
            yield from pa.Table.from_arrays(arrays, schema=question.types).to_batches(max_chunksize=question.size)
