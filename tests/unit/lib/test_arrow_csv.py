"""CSV from Arrow batches: the same cells as `safe_csv` writes, by the column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib.arrow_csv import csv_chunks
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK, neutral

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
RISKY = st.one_of(TEXT, st.builds(str.__add__, st.text(" \u00a0=+-@\t\r\n＝＋－＠", max_size=4), TEXT))
SCHEMA = pa.schema([("one", pa.string()), ("two", pa.string())])


@given(st.lists(st.tuples(st.none() | RISKY, st.none() | RISKY), max_size=20), st.integers(1, 7))
def test_a_reader_gets_every_cell_back(rows: list[tuple[str | None, str | None]], size: int) -> None:
    """Commas, quotes, line breaks and any script survive, in any number of batches."""
    whole = pa.Table.from_pylist([{"one": one, "two": two} for one, two in rows], SCHEMA)
    text = b"".join(csv_chunks(SCHEMA, iter(whole.to_batches(max_chunksize=size)))).decode()
    assert text.startswith(BYTE_ORDER_MARK)
    read = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
    assert read == [["one", "two"], *([neutral(cell) or "" for cell in row] for row in rows)]


def test_instants_are_written_in_utc_to_the_microsecond() -> None:
    """The zone is said; numbers and booleans stay what they are."""
    batch = pa.RecordBatch.from_pydict(
        {
            "at": pa.array([datetime(2025, 3, 4, 15, 0, 0, 7, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "number": pa.array([-5, None]),
            "flag": pa.array([True, None]),
        }
    )
    text = b"".join(csv_chunks(batch.schema, iter([batch]))).decode()
    assert text.splitlines()[1:] == ["2025-03-04 15:00:00.000007Z,-5,true", ",,"] or text.splitlines()[1:] == [
        '"2025-03-04 15:00:00.000007Z",-5,true',
        ",,",
    ]


def test_an_empty_answer_is_a_header() -> None:
    """A file without rows still says what its columns are."""
    assert b"".join(csv_chunks(SCHEMA, iter([]))).decode() == f'{BYTE_ORDER_MARK}"one","two"\n'


def test_who_stops_reading_ends_the_statement() -> None:
    """A person who closes the browser leaves no cursor behind, and what fails is not taken for the end."""
    closed = []

    def source() -> Iterator[pa.RecordBatch]:
        try:
            while True:
                yield pa.RecordBatch.from_pylist([{"one": "1", "two": "2"}], SCHEMA)
        finally:
            closed.append(True)

    chunks = csv_chunks(SCHEMA, source())
    next(chunks)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert closed


def test_a_failure_in_the_middle_is_raised() -> None:
    """A torn answer never looks like a whole one."""

    def source() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"one": "1", "two": "2"}], SCHEMA)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        list(csv_chunks(SCHEMA, source()))
