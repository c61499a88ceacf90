"""Rows of one CSV file: in a known encoding, quoted by the rules, each with its line number."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

from classwaves_admin.schools.faults import Fault, FaultList, PackageRefused

# Below the limit of the `csv` module, so that this one speaks first.
LONGEST_LINE = 120 * 1024
_MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE = "In a spreadsheet choose “Save as” and “CSV UTF-8”, then try again."
NOT_TEXT = (f"The file is not in UTF-8. {_SAVE}", f"The file is not whole UTF-16. {_SAVE}")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, stripped of outer blanks, and the line on which it starts."""

    line: int
    cells: list[str]
    is_unreadable: bool = False


def rows(stream: BinaryIO, file: str, faults: FaultList, *, encoding: str = "", delimiter: str = ",") -> Iterator[Row]:
    """Yield the rows of a file, the header first; blank lines are left out.

    Without `encoding` the text is UTF-8, or UTF-16 where its mark says so: no other is ever guessed.
    A row with a control character is noted, and marked as unreadable. Raises PackageRefused where the text
    itself cannot be read, since every later row would then be a guess.
    """
    lines = _Lines(stream, file, encoding)
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    quoted = _quoted(delimiter)
    while True:
        start = lines.number + 1
        lines.record = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _quote(file, start) from None
        # Where no value holds one, the reader has taken every quotation mark for what it is.
        if '"' in "".join(cells) and '"' in quoted.sub("", lines.record):
            raise _quote(file, start)
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        is_unreadable = _FORBIDDEN.search(lines.record) is not None
        if is_unreadable:
            faults.add("csv.control_character", file, start, "The row holds a control character.")
        yield Row(start, cells, is_unreadable)


@cache
def _quoted(delimiter: str) -> re.Pattern[str]:
    """Match a quoted field where one may stand; a quote left over when these are out is wrong (RFC 4180)."""
    sign = re.escape(delimiter)
    return re.compile(rf'(?:^|(?<={sign}))"(?:[^"]|"")*"(?={sign}|\n?$)')


class _Lines:
    """Decoded lines for the CSV reader, remembering the text of the record it is at."""

    def __init__(self, stream: BinaryIO, file: str, encoding: str) -> None:
        buffered = stream if hasattr(stream, "peek") else io.BufferedReader(stream)  # type: ignore[type-var]
        start = buffered.peek(4)[:4]
        is_utf_16 = start[:2] in _MARKS_OF_UTF_16 and start != codecs.BOM_UTF32_LE
        self._encoding = encoding or ("utf-16" if is_utf_16 else "utf-8-sig")
        self._text = io.TextIOWrapper(buffered, encoding=self._encoding, newline=None)
        self._file = file
        self.number = 0
        self.record = ""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(LONGEST_LINE + 1)
        except UnicodeError:
            raise PackageRefused(Fault(self._file, 0, "csv.not_utf8", NOT_TEXT[self._encoding == "utf-16"])) from None
        if not line:
            raise StopIteration
        self.number += 1
        self.record += line
        if len(self.record) > LONGEST_LINE:
            raise PackageRefused(
                Fault(self._file, self.number, "csv.line_too_long", "A row is longer than a roster's row can be.")
            )
        return line


def _quote(file: str, line: int) -> PackageRefused:
    message = "A quotation mark is out of place. Put the value in quotation marks and double those inside it."
    return PackageRefused(Fault(file, line, "csv.unescaped_quote", message))
