"""CSV of any size, made of Arrow batches, that a spreadsheet cannot mistake for a program.

The same promises as `safe_csv`, a hundred times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from classwaves_admin.lib.neutral_csv import neutral_lines
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK
from classwaves_admin.lib.written_ahead import written_ahead

__all__ = ["csv_chunks", "csv_header", "csv_rows", "utc_text"]


def csv_chunks(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Return the file in pieces: the header, then each batch. Text is neutralised, NULL is an empty cell.

    `schema` has columns of text, numbers, booleans and instants; instants are written in UTC, as
    `2025-03-04 15:00:00.123456Z`. The first batch is asked for at once: what fails there fails here. Batches are
    asked for on the caller's thread, and written on one of its own meanwhile.
    """
    first = next(batches, None)
    return _pieces(schema, batches if first is None else chain([first], batches))


def _pieces(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    yield csv_header(schema)
    yield from written_ahead(batches, csv_rows)


def csv_header(schema: pa.Schema) -> bytes:
    """Return the beginning of the file: the sign by which Excel knows UTF-8, and the names of the columns."""
    return BYTE_ORDER_MARK.encode() + bytes(_written(schema.empty_table(), header=True))


def csv_rows(batch: pa.RecordBatch) -> bytes:
    """Return the lines of a batch."""
    columns = [utc_text(column) if pa.types.is_timestamp(column.type) else column for column in batch.columns]
    return neutral_lines(_written(pa.record_batch(columns, batch.schema.names), header=False))


def utc_text(column: pa.Array) -> pa.Array:
    """Return instants as `2025-03-04 15:00:00.123456Z`."""
    # Without its zone first: a cast that looks the zone up takes ten times as long.
    return pc.binary_join_element_wise(column.cast(pa.timestamp(column.type.unit)).cast(pa.string()), "Z", "")


def _written(rows: pa.Table | pa.RecordBatch, *, header: bool) -> memoryview:
    sink = pa.BufferOutputStream()
    pacsv.write_csv(rows, sink, pacsv.WriteOptions(include_header=header, quoting_style="needed"))
    return memoryview(sink.getvalue())
