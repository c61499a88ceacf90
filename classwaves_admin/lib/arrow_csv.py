"""CSV of any size, made of Arrow batches, that a spreadsheet cannot mistake for a program.

The same promises as `safe_csv`, a hundred times as fast: cells are looked at by the column.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK, STARTS_FORMULA
from classwaves_admin.lib.written_ahead import written_ahead

__all__ = ["csv_chunks", "csv_header", "csv_rows", "neutral_text", "utc_text"]

# First bytes of what `_FORMULA` matches; a column without any of them needs no closer look.
_FIRST = pa.array(sorted({text.encode()[:1] for text in (*STARTS_FORMULA, " ", "\u00a0")}), pa.binary())
_SIGNS = "".join(f"\\x{{{ord(sign):X}}}" for sign in STARTS_FORMULA)
_FORMULA = rf"^[ \x{{A0}}]*[{_SIGNS}]"


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


def neutral_text(column: pa.Array) -> pa.Array:
    """Return the text with an apostrophe in front of each cell that would start a formula."""
    first = pc.binary_slice(column.cast(pa.binary()), 0, 1)
    if not pc.any(pc.is_in(first, value_set=_FIRST)).as_py():
        return column
    risky = pc.match_substring_regex(column, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def csv_header(schema: pa.Schema) -> bytes:
    """Return the beginning of the file: the sign by which Excel knows UTF-8, and the names of the columns."""
    return BYTE_ORDER_MARK.encode() + _written(schema.empty_table(), header=True)


def csv_rows(batch: pa.RecordBatch) -> bytes:
    """Return the lines of a batch."""
    columns = [_as_written(column) for column in batch.columns]
    return _written(pa.table(columns, names=batch.schema.names), header=False)


def utc_text(column: pa.Array) -> pa.Array:
    """Return instants as `2025-03-04 15:00:00.123456Z`."""
    # Without its zone first: a cast that looks the zone up takes ten times as long.
    return pc.binary_join_element_wise(column.cast(pa.timestamp(column.type.unit)).cast(pa.string()), "Z", "")


def _as_written(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return neutral_text(column)
    if pa.types.is_timestamp(column.type):
        return utc_text(column)
    return column


def _written(table: pa.Table, *, header: bool) -> bytes:
    sink = pa.BufferOutputStream()
    pacsv.write_csv(table, sink, pacsv.WriteOptions(include_header=header, quoting_style="needed"))
    return bytes(sink.getvalue())
