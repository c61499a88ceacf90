"""Rows of one CSV file: UTF-8, quoted by the rules, of the right width, each with its line number."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from classwaves_admin.schools.oneroster.faults import Fault, FaultList, PackageRefused

# Below the limit of the `csv` module, so that this one speaks first.
LONGEST_LINE = 120 * 1024
# A quoted field that stands where one may stand; a quote left over after these are taken out is wrong (RFC 4180).
_QUOTED = re.compile(r'(?:^|(?<=,))"(?:[^"]|"")*"(?=,|\n?$)')
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, stripped of outer blanks, and the line on which it starts."""

    line: int
    cells: list[str]


def rows(stream: BinaryIO, file: str, faults: FaultList) -> Iterator[Row]:
    """Yield the rows of a file, the header first; blank lines are left out.

    A row with a control character is noted and left out. Raises PackageRefused where the text itself
    cannot be read, since every later row would then be a guess.
    """
    lines = _Lines(stream, file)
    reader = csv.reader(lines, strict=True)
    while True:
        start = lines.number + 1
        lines.record = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _quote(file, start) from None
        if '"' in lines.record and '"' in _QUOTED.sub("", lines.record):
            raise _quote(file, start)
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        if _FORBIDDEN.search(lines.record):
            faults.add("csv.control_character", file, start, "The row holds a control character.")
            continue
        yield Row(start, cells)


class _Lines:
    """Decoded lines for the CSV reader, remembering the text of the record it is at."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline=None)
        self._file = file
        self.number = 0
        self.record = ""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(LONGEST_LINE + 1)
        except UnicodeDecodeError as error:
            raise PackageRefused(Fault(self._file, 0, "csv.not_utf8", _encoding_hint(error.object))) from None
        if not line:
            raise StopIteration
        self.number += 1
        self.record += line
        if len(self.record) > LONGEST_LINE:
            raise PackageRefused(
                Fault(self._file, self.number, "csv.line_too_long", "A row is longer than a roster's row can be.")
            )
        return line


def _encoding_hint(start: bytes) -> str:
    if bytes(start[:2]) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "The file is in UTF-16. Save it as UTF-8."
    return "The file is not in UTF-8. Save it as UTF-8."


def _quote(file: str, line: int) -> PackageRefused:
    message = "A quotation mark is out of place. Put the value in quotation marks and double those inside it."
    return PackageRefused(Fault(file, line, "csv.unescaped_quote", message))
