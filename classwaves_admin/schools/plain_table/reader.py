"""Takes the rows of a plain table into a stage: only the columns that mean something are looked at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from classwaves_admin.schools.faults import Fault, FaultList, PackageRefused
from classwaves_admin.schools.names import display_name
from classwaves_admin.schools.oneroster.table import Row, rows
from classwaves_admin.schools.plain_table.columns import Columns, Field
from classwaves_admin.schools.plain_table.text import DELIMITERS, FILE
from classwaves_admin.schools.staging import Stage

# The school of a plain table has no id of its own in it.
SCHOOL = "school"
_BATCH = 1_000
_ID = re.compile(r"\S(?:.{0,98}\S)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATES = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[T ].*)?"),
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?: .*)?"),
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"),
    re.compile(r"(?P<month>\d{1,2})-(?P<day>\d{1,2})-(?P<year>\d{4})"),
    re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: the faults, of single rows and of the table."""

    faults: list[Fault] = field(default_factory=list)


def read_table(
    source: BinaryIO | Path,
    stage: Stage,
    *,
    school: str,
    school_name: str,
    encoding: str,
    columns: Mapping[str, Any],
) -> Reading:
    """Read a table of the students of one school into an empty stage.

    `columns` names the columns by their headers (`Columns.data`). Raises nothing for what is in the file.
    """
    faults = FaultList()
    stage.add("school", [(SCHOOL, "", 0, school_name, school)])
    try:
        with source.open("rb") if isinstance(source, Path) else source as stream:
            _Table(stream, encoding, columns, stage, faults)
    except PackageRefused as refusal:
        return Reading([*faults.found, refusal.fault])
    stage.note("absence_tells", int(not stage.noted("nameless")))
    return Reading(sorted(faults.found))


class _Table:
    """Reads one table."""

    def __init__(
        self, stream: BinaryIO, encoding: str, named: Mapping[str, Any], stage: Stage, faults: FaultList
    ) -> None:
        self._stage = stage
        self._faults = faults
        delimiter = str(named.get("delimiter", ","))
        found = rows(stream, FILE, faults, encoding=encoding, delimiter=delimiter if delimiter in DELIMITERS else ",")
        header = next(found, None)
        columns = Columns.of(named, header.cells) if header else None
        if header is None or columns is None or columns.problems:
            raise PackageRefused(Fault(FILE, 1, "table.columns", "The columns are not those that were settled."))
        self._columns, self._width = columns, len(header.cells)
        stage.connection.execute("CREATE TEMP TABLE doubles (line INTEGER)")
        parsed = self._parsed(found)
        while batch := list(islice(parsed, _BATCH)):
            self._put(batch)
        self._check_doubles()

    def _parsed(self, found: Iterator[Row]) -> Iterator[tuple[Row, tuple[Any, ...]]]:
        """Yield the sound rows, each with the student's; note whose rows the others are."""
        for row in found:
            before = len(self._faults)
            key = self._cell(row, self._columns.student[Field.STUDENT_ID])
            student = None
            if len(row.cells) != self._width:
                words = f"The row has {len(row.cells)} columns but the header has {self._width}."
                self._fault("wrong_column_count", row, words)
            else:
                student = self._student(row)
            if student is not None and not row.is_unreadable and len(self._faults) == before:
                yield row, student
            elif key and _ID.fullmatch(key) and (len(row.cells) == self._width):
                self._stage.connection.execute("INSERT OR IGNORE INTO unsure VALUES (?, '')", (key,))
            else:
                self._stage.note("nameless", 1)

    def _student(self, row: Row) -> tuple[Any, ...]:
        key = self._of(row, Field.STUDENT_ID)
        if not _ID.fullmatch(key):
            self._fault("missing_required_value", row, "The student has no id.")
        first, last = self._of(row, Field.FIRST_NAME), self._of(row, Field.LAST_NAME)
        if not first:
            first, last = split_name(self._of(row, Field.FULL_NAME), last)
        if not first:
            self._fault("missing_required_value", row, "The student has no name.")
        grade, email = self._of(row, Field.GRADE)[:20], self._of(row, Field.EMAIL)
        return key, "", row.line, display_name(first, last), email, grade, SCHOOL, self._year(row), 0

    def _year(self, row: Row) -> int | None:
        text = self._of(row, Field.BIRTH)
        year = year_of(text)
        if text and year is None:
            self._fault("invalid_date", row, "The date of birth must be written such as 2012-05-31 or 5/31/2012.")
        return year

    def _put(self, batch: Sequence[tuple[Row, tuple[Any, ...]]]) -> None:
        guardians, relations = {}, []
        for row, student in batch:
            for number, places in enumerate(self._columns.guardians):
                if guardian := _guardian(row, places, student[0]):
                    relation = self._cell(row, places.get(Field.GUARDIAN_RELATION)) or self._columns.relations[number]
                    guardians[guardian[0]] = guardian
                    relations.append((student[0], guardian[0], "", relation))
        run = self._stage.connection.executemany
        run("INSERT OR IGNORE INTO student VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [student for _, student in batch])
        run("INSERT OR IGNORE INTO guardian VALUES (?, ?, ?, ?, ?, ?)", guardians.values())
        run("INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?)", relations)
        doubles = [(student[2], student[0], student[2]) for _, student in batch]
        run("INSERT INTO temp.doubles SELECT ? FROM student WHERE source_id = ? AND line <> ?", doubles)

    def _check_doubles(self) -> None:
        db = self._stage.connection
        unclear = "SELECT line FROM student JOIN unsure USING (source_id)"
        for (line,) in db.execute(f"SELECT line FROM temp.doubles UNION {unclear} ORDER BY line"):  # noqa: S608 - our own
            message = "The student stands in another row too. The table needs one row for each student."
            self._faults.add("reference.duplicate_student", FILE, line, message)

    def _of(self, row: Row, name: Field) -> str:
        return self._cell(row, self._columns.student.get(name))

    @staticmethod
    def _cell(row: Row, place: int | None) -> str:
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def _fault(self, code: str, row: Row, message: str) -> None:
        self._faults.add(f"row.{code}", FILE, row.line, message)


def _guardian(row: Row, places: Mapping[Field, int], student: str) -> tuple[Any, ...] | None:
    """Return the guardian of one row, None where the cells are blank."""

    def cell(name: Field) -> str:
        return row.cells[places[name]] if name in places else ""

    name = cell(Field.GUARDIAN_NAME) or f"{cell(Field.GUARDIAN_FIRST)} {cell(Field.GUARDIAN_LAST)}".strip()
    if not name:
        return None
    email = cell(Field.GUARDIAN_EMAIL)
    # One person with one address is one guardian, of brothers and sisters too; without an address of this child only.
    own = email.casefold() or f"of {student}"
    key = hashlib.sha256(f"{name.casefold()}\x1f{own}".encode()).hexdigest()[:32]
    return key, row.line, name, email, cell(Field.GUARDIAN_LANGUAGE), 0


def split_name(full: str, last: str = "") -> tuple[str, str]:
    """Return first and last name of “Last, First” or “First Last”."""
    if "," in full:
        family, _, given = full.partition(",")
        return given.strip(), family.strip()
    words = full.split()
    return (words[0] if words else "", last or (words[-1] if len(words) > 1 else ""))


def year_of(text: str) -> int | None:
    """Return the year of a birth date or a birth year, None where the text is neither."""
    if _YEAR.fullmatch(text):
        return int(text)
    for form in _DATES:
        if found := form.fullmatch(text):
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"])).year
            except ValueError:
                continue
    return None
