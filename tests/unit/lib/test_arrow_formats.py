"""JSON Lines and Parquet from Arrow batches: what a reader gets back is what was there."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib import arrow_parquet
from classwaves_admin.lib.arrow_jsonl import jsonl_rows
from classwaves_admin.lib.arrow_parquet import ParquetPieces

SCHEMA = pa.schema([("at", pa.timestamp("us", "UTC")), ("text", pa.string()), ("number", pa.int64())])
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.none() | MOMENTS,
            "text": st.none() | st.text(st.characters(codec="utf-8")),
            "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        }
    ),
    max_size=20,
)


def batches(rows: list[dict[str, Any]], size: int) -> list[pa.RecordBatch]:
    """Return the rows in batches."""
    return list(pa.Table.from_pylist(rows, SCHEMA).to_batches(max_chunksize=size))


@given(ROWS, st.integers(1, 7))
def test_json_lines_are_read_back(rows: list[dict[str, Any]], size: int) -> None:
    """Any text, NUL and line separators included, is one line; instants are ISO 8601 with their microseconds."""
    content = b"".join(jsonl_rows(batch) for batch in batches(rows, size))
    read = [json.loads(line) for line in content.split(b"\n")[:-1]]
    assert [row["at"] and datetime.fromisoformat(row["at"]) for row in read] == [row["at"] for row in rows]
    assert [(row["text"], row["number"]) for row in read] == [(row["text"], row["number"]) for row in rows]


@given(ROWS, st.integers(1, 7))
def test_parquet_is_read_back(rows: list[dict[str, Any]], size: int) -> None:
    """Pieces together are one file, with what is said about it."""
    pieces = ParquetPieces(SCHEMA, {"query": "event:x"})
    content = b"".join([*(pieces.add(batch) for batch in batches(rows, size)), pieces.end()])
    table = pq.read_table(io.BytesIO(content))
    assert table.to_pylist() == rows
    assert table.schema.metadata == {b"query": b"event:x"}


def test_parquet_grows_group_by_group(monkeypatch: Any) -> None:
    """What is written leaves memory, and later readers can pass over groups."""
    monkeypatch.setattr(arrow_parquet, "GROUP", 10)
    pieces = ParquetPieces(SCHEMA)
    (batch,) = batches([{"at": None, "text": "x", "number": n} for n in range(25)], 25)
    grown = [pieces.add(batch.slice(start, 5)) for start in range(0, 25, 5)]
    assert [bool(piece) for piece in grown] == [True, True, False, True, False]  # the first has the file's sign
    content = b"".join([*grown, pieces.end()])
    assert pq.ParquetFile(io.BytesIO(content)).metadata.num_row_groups == 3
