"""Turns the rows of one file into records: the header checked, each needed cell parsed, faults by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from classwaves_admin.schools.faults import FaultList
from classwaves_admin.schools.oneroster.schema import FileSchema, Mode, Version
from classwaves_admin.schools.oneroster.table import Row, rows

METADATA = "metadata."
# Visible ASCII without the signs that separate or quote values.
_SOURCED_ID = re.compile(r"[!#-&(-+\--~]{1,255}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOOLEANS = {"true": True, "false": False}
_STATUSES = ("active", "tobedeleted")


class Cells(dict[str, str]):
    """The cells of a row by column; those of a column that the file lacks are blank."""

    def __missing__(self, column: str) -> str:
        return ""


@dataclass(slots=True)
class Record:
    """One row by column name. The typed readers note a fault and return nothing for a wrong value."""

    file: str
    line: int
    cells: Cells
    faults: FaultList

    def needed(self, column: str) -> str:
        """Return the cell of a column that must not be blank."""
        value = self.cells[column]
        if not value:
            self.fault("missing_required_value", column, "must not be blank")
        return value

    def flag(self, column: str) -> bool:
        """Return true or false, in the only two words that OneRoster allows."""
        value = self.needed(column)
        if value and value not in _BOOLEANS:
            self.fault("invalid_boolean", column, "must be true or false")
        return _BOOLEANS.get(value, False)

    def word(self, column: str, allowed: frozenset[str]) -> str:
        """Return one word of a vocabulary."""
        value = self.needed(column)
        if value and value not in allowed:
            self.fault("invalid_enum", column, "has a value outside OneRoster's vocabulary")
            return ""
        return value

    def year(self, column: str) -> int | None:
        """Return the year of a date such as 2012-05-31, or None for a blank cell. Day and month are let go."""
        value = self.cells[column]
        if not value:
            return None
        try:
            if _DATE.fullmatch(value):
                return date.fromisoformat(value).year
        except ValueError:
            pass
        self.fault("invalid_date", column, "must be a date such as 2012-05-31")
        return None

    def reference(self, column: str, *, needed: bool = False) -> str:
        """Return a sourcedId."""
        value = self.needed(column) if needed else self.cells[column]
        if value and not _SOURCED_ID.fullmatch(value):
            self.fault("invalid_guid", column, "must be one identifier without blanks")
            return ""
        return value

    def references(self, column: str, *, needed: bool = False) -> tuple[str, ...]:
        """Return the sourcedIds of a list with commas, each once."""
        value = self.needed(column) if needed else self.cells[column]
        if not value:
            return ()
        if "," not in value and _SOURCED_ID.fullmatch(value):
            return (value,)
        parts = [part.strip() for part in value.split(",")]
        if not all(parts):
            self.fault("invalid_list", column, "has an empty place between commas")
            return ()
        if not all(_SOURCED_ID.fullmatch(part) for part in parts):
            self.fault("invalid_guid", column, "must list identifiers without blanks")
            return ()
        return tuple(dict.fromkeys(parts))

    def leaving(self, mode: Mode, version: Version) -> bool:
        """Tell whether the row says that its record is to be deleted; checks both lifecycle columns."""
        status, modified = self.cells["status"], self.cells["dateLastModified"]
        if not status and not modified and mode is not Mode.DELTA:
            return False
        if mode is Mode.DELTA:
            for column, value in (("status", status), ("dateLastModified", modified)):
                if not value:
                    self.fault("field_required_in_delta", column, "must not be blank in a delta file")
        elif version is Version.V1_2 and (status or modified):
            column = "status" if status else "dateLastModified"
            self.fault("field_forbidden_in_bulk", column, "must be blank in a bulk file")
        if modified and not _is_instant(modified):
            self.fault("invalid_datetime", "dateLastModified", "must be a time such as 2025-01-02T03:04:05.006Z")
        if status and status not in _STATUSES:
            self.fault("invalid_enum", "status", "must be active or tobedeleted")
        return status == "tobedeleted"

    def fault(self, code: str, column: str, complaint: str) -> None:
        """Note what is wrong with the cell of a column."""
        self.faults.add(f"row.{code}", self.file, self.line, f"{column} {complaint}.")


Note = Callable[[str], None]


def records(
    stream: BinaryIO, schema: FileSchema, version: Version, faults: FaultList, unsure: Note
) -> Iterator[Record]:
    """Yield the records of one file. Nothing comes back where the header is wrong: every cell would be a guess.

    A row of another width, or with a control character, is noted and left out; `unsure` hears its sourcedId
    where that can still be read, else a blank.
    """
    file = f"{schema.name}.csv"
    table = rows(stream, file, faults)
    columns = _columns(next(table, None), file, schema, version, faults)
    first = columns.index("sourcedId") if columns else 0
    for row in table:
        if not columns:
            continue  # read on all the same: a fault of the text itself is told too
        if len(row.cells) != len(columns):
            message = f"The row has {len(row.cells)} columns but the header has {len(columns)}."
            faults.add("row.wrong_column_count", file, row.line, message)
            # Cells move to the right of the one that is too many: the first one stands where it should.
            unsure(_identity(row.cells[0]) if first == 0 else "")
        elif row.is_unreadable:
            unsure(_identity(row.cells[first]))
        else:
            yield Record(file, row.line, Cells(zip(columns, row.cells, strict=True)), faults)


def _identity(cell: str) -> str:
    return cell if _SOURCED_ID.fullmatch(cell) else ""


def _columns(header: Row | None, file: str, schema: FileSchema, version: Version, faults: FaultList) -> list[str]:
    if header is None:
        faults.add("schema.missing_header", file, 0, "The file is empty. It needs at least its header row.")
        return []
    before, columns = len(faults), [schema.canonical(name) for name in header.cells]
    if len(set(columns)) != len(columns):
        faults.add("schema.duplicate_column", file, header.line, "A column stands in the header twice.")
    known = [name for name in columns if name in schema.columns]
    # Exporters of 1.1 order columns freely and are read by name; 1.2 makes the order part of the format.
    if version is Version.V1_2 and known != sorted(known, key=schema.columns.index):
        message = "The columns are not in the order of the specification."
        faults.add("schema.header_order_mismatch", file, header.line, message)
    missing = sorted(schema.required - set(columns))
    if missing:
        faults.add("schema.missing_column", file, header.line, f"The header lacks {', '.join(missing)}.")
    _extra_columns(columns, file, header.line, schema, faults)
    return columns if len(faults) == before else []


def _extra_columns(columns: list[str], file: str, line: int, schema: FileSchema, faults: FaultList) -> None:
    expected = set(schema.columns) | schema.tolerated
    last_known = max((place for place, name in enumerate(columns) if name in expected), default=-1)
    for place, name in enumerate(columns):
        if name in expected:
            continue
        if not name.startswith(METADATA) or name == METADATA:
            message = f"Column {place + 1} is not one of OneRoster's, and its name does not start with metadata."
            faults.add("schema.invalid_metadata_header", file, line, message)
        elif place < last_known:
            message = f"Column {place + 1} is metadata and must come after OneRoster's own columns."
            faults.add("schema.metadata_column_position", file, line, message)


def _is_instant(value: str) -> bool:
    try:
        return "T" in value and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
