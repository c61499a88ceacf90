"""CSV that a spreadsheet cannot mistake for a program."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK, csv_lines, neutral


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\u00a0=cmd|' /C calc'!A0"]
)
def test_text_that_would_calculate_is_marked(text: str) -> None:
    """Whatever a spreadsheet would run gets an apostrophe in front."""
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["Maya", "a=b", "", -5, 1.5, None, True])
def test_everything_else_stays(cell: str | float | None) -> None:
    """Plain words, and numbers that are numbers, are untouched."""
    assert neutral(cell) == cell


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=2)))
def test_a_reader_gets_every_cell_back(rows: list[list[str]]) -> None:
    """Commas, quotes, line breaks and any script survive."""
    text = "".join(csv_lines(("one", "two"), rows))
    assert text.startswith(BYTE_ORDER_MARK)
    read = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
    assert read == [["one", "two"], *([neutral(cell) for cell in row] for row in rows)]
