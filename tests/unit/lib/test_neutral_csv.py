"""Cells of a CSV that a spreadsheet would calculate, found in its bytes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib import neutral_csv
from classwaves_admin.lib.neutral_csv import neutral_lines
from classwaves_admin.lib.safe_csv import neutral

# What begins a formula, what a line is made of, and neighbours of both in UTF-8.
CELL = st.text(st.sampled_from(" \u00a0=+-@\t\r\n＝＋－＠,\"'aé\u00a1＞"), max_size=6)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8)


def quoted(rows: list[list[str]]) -> bytes:
    """Return the rows as a file with all text in quotes."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()


@given(ROWS)
def test_every_cell_is_neutralised_as_one_by_one(rows: list[list[str]]) -> None:
    """Looking at the bytes of many lines finds exactly what looking at each cell finds."""
    assert neutral_lines(quoted(rows)) == quoted([[str(neutral(cell)) for cell in row] for row in rows])


@given(ROWS)
def test_a_block_may_end_anywhere(rows: list[list[str]]) -> None:
    """A cell whose comma, quote and sign stand in different blocks is found too."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(neutral_csv, "_BLOCK_BYTES", 1)
        assert neutral_lines(quoted(rows)) == quoted([[str(neutral(cell)) for cell in row] for row in rows])


def test_what_stands_without_quotes_stays() -> None:
    """A negative number is no formula, and an empty cell begins none."""
    assert neutral_lines(b'-5,"-5",,"=1"\n,"a",-1,"b"\n') == b'-5,"\'-5",,"\'=1"\n,"a",-1,"b"\n'
