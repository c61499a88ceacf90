"""Finds out how a table is written: encoding, delimiter, header. Letters are never guessed in silence."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from classwaves_admin.schools.faults import Fault, PackageRefused

FILE = "table.csv"
# The one old encoding that spreadsheets on Windows still write in English and Spanish.
WINDOWS = "cp1252"
DELIMITERS = ",;\t|"
MOST_COLUMNS = 200
MOST_SAMPLES = 8
_BLOCK = 1 << 20
_ACCENTED = re.compile(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*")
# Columns of which no use of this portal needs a cell.
_NEVER = re.compile(
    r"ssn|social|securitynumber|medicaid|insurance|passport|alien|immigra|lunch|frl|race|ethnic|disab|iep"
)
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SAVE = "Save it from the spreadsheet as “CSV UTF-8 (comma delimited)”."


@dataclass(frozen=True, slots=True)
class Preview:
    """How a table is written. `samples` are words whose letters depend on the encoding, for a person to judge.

    `certain`: the encoding follows from the bytes; otherwise a person must say that the samples are right.
    """

    encoding: str
    delimiter: str
    header: list[str]
    certain: bool = True
    samples: list[str] = field(default_factory=list)


def preview(path: Path) -> Preview:
    """Look at a table. Raises PackageRefused where it is none, or in an encoding that nobody can tell."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((_ZIP, _OLE)):
        raise _refused("not_a_table", f"This is a spreadsheet or a ZIP, not a CSV file. {_SAVE}")
    encoding = _encoding(path, start)
    certain = encoding != WINDOWS
    header = _first_line(path, encoding)
    delimiter = max(DELIMITERS, key=header.count)
    names = _header(header, delimiter)
    return Preview(encoding, delimiter, names, certain, [] if certain else _samples(path))


def keep_table(chunks: Iterable[bytes], path: Path) -> None:
    """Write a table to a private file, with the cells of columns emptied that this portal must never hold.

    Raises PackageRefused for what is no table.
    """
    received = path.with_suffix(".received")
    try:
        received.touch(mode=0o600)
        with received.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)
        seen = preview(received)
        emptied = [place for place, name in enumerate(seen.header) if _NEVER.search(_plain(name))]
        if not emptied:
            received.replace(path)
            return
        path.touch(mode=0o600)
        with received.open(encoding=seen.encoding, newline="") as old, path.open("w", encoding=seen.encoding) as new:
            writer = csv.writer(new, delimiter=seen.delimiter, lineterminator="\n")
            for number, row in enumerate(csv.reader(old, delimiter=seen.delimiter)):
                writer.writerow([cell if place not in emptied or not number else "" for place, cell in enumerate(row)])
    except csv.Error:
        raise _refused("bad_rows", f"The rows of the file cannot be read. {_SAVE}") from None
    finally:
        received.unlink(missing_ok=True)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _encoding(path: Path, start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _refused("unknown_encoding", f"The file is in UTF-32. {_SAVE}")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif b"\0" in start:
        raise _refused("unknown_encoding", f"The file is in UTF-16 without its mark. {_SAVE}")
    else:
        candidates = ["utf-8-sig", WINDOWS]
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise _refused("unknown_encoding", f"Nobody can tell in which encoding the file is. {_SAVE}")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _first_line(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline=None) as text:
        for line in iter(lambda: text.readline(_BLOCK), ""):
            if line.strip():
                return line.rstrip("\n")
    raise _refused("empty", "The file is empty. It needs a header row and a row for each student.")


def _header(line: str, delimiter: str) -> list[str]:
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True))]
    except csv.Error:
        raise _refused("bad_header", "The header row has a quotation mark out of place.") from None
    if len(names) > MOST_COLUMNS:
        raise _refused("bad_header", f"The table has more than {MOST_COLUMNS} columns.")
    named = [name.casefold() for name in names if name]
    if len(named) < 2 or len(set(named)) != len(named):  # noqa: PLR2004 - an id and a name
        raise _refused("bad_header", "The first row must name the columns, each once, such as “Student ID,First name”.")
    return names


def _samples(path: Path) -> list[str]:
    """Return some words with letters that are not ASCII, each once: wrong letters are seen at once."""
    found: dict[str, None] = {}
    with path.open(encoding=WINDOWS, newline=None) as text:
        for line in iter(lambda: text.readline(_BLOCK), ""):
            found |= dict.fromkeys(word for word in _ACCENTED.findall(line) if word)
            if len(found) >= MOST_SAMPLES:
                break
    return list(found)[:MOST_SAMPLES]


def _refused(code: str, message: str) -> PackageRefused:
    return PackageRefused(Fault(FILE, 0, f"table.{code}", message))
