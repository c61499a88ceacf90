"""An apostrophe in front of each cell of a CSV that a spreadsheet would calculate, in the bytes of whole lines.

The same promise as `safe_csv.neutral`, for lines that another has written: a cell's beginning is two bytes that stand
nowhere else, and numpy finds those of a block at once. Cell by cell is left what begins with a sign in question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from classwaves_admin.lib.safe_csv import SPACES, STARTS_FORMULA

__all__ = ["neutral_lines"]

_FORMULA = re.compile(
    rb"(?:%b)*(?:%b)"
    % tuple(b"|".join(re.escape(sign.encode()) for sign in signs) for signs in (SPACES, STARTS_FORMULA))
)
_QUOTE, _COMMA, _LINE_END = b'",\n'
# By a byte: whether what `_FORMULA` matches may begin with it.
_IN_QUESTION = np.zeros(256, dtype=bool)
_IN_QUESTION[[sign.encode()[0] for sign in (*STARTS_FORMULA, *SPACES)]] = True
# What a processor's own memory holds with all that is made of it; blocks of a megabyte take twice the time.
_BLOCK_BYTES = 128 * 1024


def neutral_lines(lines: bytes | bytearray | memoryview) -> bytes:
    """Return the lines with the apostrophes. They are whole, end with a line feed, and have all text in quotes.

    What stands there without quotes, such as a negative number, stays.
    """
    cells = [cell for cell in _in_question(lines) if _FORMULA.match(lines, cell) and _begins(lines, cell)]
    return b"'".join(lines[start:end] for start, end in pairwise([0, *cells, len(lines)]))


def _in_question(lines: bytes | bytearray | memoryview) -> Iterator[int]:
    """Yield where text of a cell begins, or seems to, with a sign in question."""
    if lines[:1] == b'"' and _IN_QUESTION[lines[1]]:
        yield 1
    signs = np.frombuffer(lines, np.uint8)
    for start in range(0, len(lines), _BLOCK_BYTES):
        # The quote and the first sign may stand in the next block.
        block = signs[start : start + _BLOCK_BYTES + 2]
        begins = block[:-2] == _COMMA
        begins |= block[:-2] == _LINE_END
        begins &= block[1:-1] == _QUOTE
        cells = np.flatnonzero(begins) + 2
        yield from (cells[_IN_QUESTION[block[cells]]] + start).tolist()


def _begins(lines: bytes | bytearray | memoryview, cell: int) -> bool:
    """Tell whether the quote before it begins a cell.

    Within a cell quotes stand in pairs, and after its end stands a comma or a line feed: the last may seem to be a sign
    where the text before that end was a comma or a line feed too.
    """
    return lines[cell] != _LINE_END or bytes(lines[:cell]).count(b'"') % 2 == 1
