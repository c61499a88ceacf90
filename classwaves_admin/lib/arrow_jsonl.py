"""JSON Lines of any size, made of Arrow batches: one object in a line, UTF-8, nothing neutralised."""

from __future__ import annotations

import orjson
import pyarrow as pa

from classwaves_admin.lib.arrow_csv import utc_text

__all__ = ["jsonl_rows"]

# Rows that are Python objects at once: those of a whole batch of long rows would fill memory.
_PART = 1_000


def jsonl_rows(batch: pa.RecordBatch) -> bytes:
    """Return the lines of a batch. NULL is null; instants are text in UTC, as `2025-03-04T15:00:00.123456Z`."""
    return b"".join(_lines(batch.slice(start, _PART)) for start in range(0, batch.num_rows, _PART))


def _lines(part: pa.RecordBatch) -> bytes:
    names = part.schema.names
    columns = [_values(column) for column in part.columns]
    rows = zip(*columns, strict=True)
    return b"".join(orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _values(column: pa.Array) -> list[object]:
    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    return [None if text is None else text.replace(" ", "T", 1) for text in utc_text(column).to_pylist()]
