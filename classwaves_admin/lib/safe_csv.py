"""CSV that a spreadsheet cannot mistake for a program."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["BYTE_ORDER_MARK", "SPACES", "STARTS_FORMULA", "csv_lines", "neutral"]

# Without it, Excel reads UTF-8 as the machine's own code page and breaks every name outside of it.
BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet calculate, with the full-width forms that some of them take too.
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# What spreadsheets pass over before such a sign.
SPACES = " \u00a0"

Cell = str | int | float | bool | None


def neutral(cell: Cell) -> Cell:
    """Return the cell; text that would start a formula gets an apostrophe in front (OWASP, CSV injection)."""
    if isinstance(cell, str) and cell.lstrip(SPACES).startswith(STARTS_FORMULA):
        return f"'{cell}"
    return cell


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the file line by line (RFC 4180), every cell neutralised, None as an empty cell."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(header)
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in row])


class _Echo:
    """A file that hands each line straight back."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line
