"""A roster on its way: its rows in a SQLite file, so that a large file needs no more memory than a small one.

The file holds what an import needs and nothing else: of a child's name the first name and one initial, of a
birth date the year, no identifier but the roster's own. Who makes it gives it a private place and an end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Guardian", "Relation", "School", "Staff", "StaffRole", "Stage", "Student"]

_TABLES = """
CREATE TABLE note (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE district (source_id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE school (source_id TEXT PRIMARY KEY, id TEXT, line INTEGER, name TEXT, district TEXT);
CREATE TABLE student (source_id TEXT PRIMARY KEY, id TEXT, line INTEGER, name TEXT, email TEXT, grade TEXT,
    school TEXT, year INTEGER, leaving INTEGER);
CREATE TABLE guardian (source_id TEXT PRIMARY KEY, line INTEGER, name TEXT, email TEXT, language TEXT, leaving INTEGER);
CREATE TABLE relation (student TEXT, guardian TEXT, role TEXT, stated TEXT, PRIMARY KEY (student, guardian))
    WITHOUT ROWID;
CREATE TABLE staff (source_id TEXT PRIMARY KEY, line INTEGER, name TEXT, email TEXT, school TEXT, role TEXT,
    leaving INTEGER);
-- People of a row that cannot be read: they are here, whatever else the row says.
CREATE TABLE unsure (source_id TEXT PRIMARY KEY, id TEXT);
"""
_INDEXES = """
CREATE INDEX student_school_ix ON student (school, source_id);
CREATE INDEX student_id_ix ON student (id);
CREATE INDEX unsure_id_ix ON unsure (id);
CREATE TABLE family (school TEXT, guardian TEXT, PRIMARY KEY (school, guardian)) WITHOUT ROWID;
INSERT OR IGNORE INTO family SELECT s.school, r.guardian FROM relation r JOIN student s ON s.source_id = r.student;
"""


class StaffRole(StrEnum):
    """What a member of staff is to the portal. Access to a whole district is granted by hand, never by a file."""

    TEACHER = "teacher"
    SCHOOL_ADMIN = "admin"
    DISTRICT_ADMIN = "district_admin"


class School(NamedTuple):
    """A school; `id` is its row's, `district` the source id of the district above it, blank where there is none."""

    source_id: str
    id: str
    line: int
    name: str
    district: str


class Student(NamedTuple):
    """A student; `leaving` where the row says so in words. `id` is the catalog row's."""

    source_id: str
    id: str
    line: int
    name: str
    email: str
    grade: str
    school: str
    year: int | None
    leaving: int


class Guardian(NamedTuple):
    """A parent or legal guardian; `language` is what the vendor wrote, blank where it wrote nothing."""

    source_id: str
    line: int
    name: str
    email: str
    language: str
    leaving: int


class Relation(NamedTuple):
    """That a guardian belongs to a student. `role` is `parent`, `guardian` or blank, `stated` the vendor's word."""

    student: str
    guardian: str
    role: str
    stated: str


class Staff(NamedTuple):
    """A teacher or administrator; `leaving` too where the account is switched off."""

    source_id: str
    line: int
    name: str
    email: str
    school: str
    role: str
    leaving: int


class Stage:
    """The rows of one roster. Readers fill it, imports read it part by part in the order of source ids."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def new(cls, path: Path | None = None) -> Iterator[Stage]:
        """Make an empty stage in a file of mode 0600, or in memory; the caller calls `finish` when it is full."""
        if path is not None:
            path.touch(mode=0o600, exist_ok=False)
        connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        try:
            # A run that dies here begins anew, so nothing needs to be kept for it.
            stage = cls(connection)
            stage.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;" + _TABLES)
            connection.execute("BEGIN")
            yield stage
        finally:
            connection.close()

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Stage]:
        """Open a finished stage. Raises FileNotFoundError where it is gone."""
        if not path.exists():
            raise FileNotFoundError(path.name)
        connection = sqlite3.connect(path, isolation_level=None, timeout=20)
        try:
            yield cls(connection)
        finally:
            connection.close()

    def finish(self) -> None:
        """Make the stage ready to be read, once all rows are in."""
        self.run(_INDEXES)
        self.connection.execute("COMMIT")

    def run(self, script: str) -> None:
        """Run statements that end with `;`, without the COMMIT that `executescript` begins with."""
        for statement in script.split(";"):
            if statement.strip():
                self.connection.execute(statement)

    def add(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Put whole rows into a table."""
        width = len(self.connection.execute(f"SELECT * FROM {table} LIMIT 0").description)  # noqa: S608 - our own names
        marks = ", ".join("?" * width)
        self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608

    def note(self, name: str, value: int) -> None:
        """Keep a number about the whole roster."""
        self.connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> int:
        """Return a number about the whole roster, 0 where nobody kept it."""
        return int(self._one("SELECT value FROM note WHERE name = ?", name) or 0)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self._one(f"SELECT count(*) FROM {table}"))  # noqa: S608

    def districts(self) -> list[tuple[str, str]]:
        """Return source id and name of each district."""
        return list(self.connection.execute("SELECT source_id, name FROM district ORDER BY source_id"))

    def schools(self) -> list[School]:
        """Return the schools by source id."""
        return [School(*row) for row in self.connection.execute("SELECT * FROM school ORDER BY source_id")]

    def staff(self, school: str) -> list[Staff]:
        """Return the staff of a school, or with a blank school those who belong to none."""
        return [Staff(*row) for row in self.connection.execute("SELECT * FROM staff WHERE school = ?", (school,))]

    def heads(self) -> list[Staff]:
        """Return the administrators of schools and district who stay."""
        rows = self.connection.execute("SELECT * FROM staff WHERE role <> 'teacher' AND NOT leaving")
        return [Staff(*row) for row in rows]

    def teachers(self, school: str | None = None) -> int:
        """Return how many teachers the roster has, or how many people work at a school."""
        if school is None:
            return int(self._one("SELECT count(*) FROM staff WHERE role = 'teacher'"))
        return int(self._one("SELECT count(*) FROM staff WHERE school = ? AND NOT leaving", school))

    def students_at(self, school: str) -> int:
        """Return how many students a school has in the roster."""
        return int(self._one("SELECT count(*) FROM student WHERE school = ?", school))

    def students(self, school: str, *, after: str = "", most: int = -1) -> list[Student]:
        """Return the students of a school behind a source id, at most so many."""
        sql = "SELECT * FROM student WHERE school = ? AND source_id > ? ORDER BY source_id LIMIT ?"
        return [Student(*row) for row in self.connection.execute(sql, (school, after, most))]

    def guardians(self, school: str, *, after: str = "", most: int = -1) -> list[Guardian]:
        """Return the guardians of a school's students behind a source id, at most so many."""
        sql = (
            "SELECT g.* FROM family f JOIN guardian g ON g.source_id = f.guardian"
            " WHERE f.school = ? AND f.guardian > ? ORDER BY f.guardian LIMIT ?"
        )
        return [Guardian(*row) for row in self.connection.execute(sql, (school, after, most))]

    def families(self, first: str, last: str, school: str) -> Iterator[tuple[Relation, Guardian]]:
        """Yield the relations of a school's students from one source id to another, each with its guardian."""
        sql = (
            "SELECT r.*, g.* FROM student s JOIN relation r ON r.student = s.source_id"
            " JOIN guardian g ON g.source_id = r.guardian WHERE s.school = ? AND s.source_id BETWEEN ? AND ?"
            " ORDER BY r.student, r.guardian"
        )
        for row in self.connection.execute(sql, (school, first, last)):
            yield Relation(*row[:4]), Guardian(*row[4:])

    def families_of(self, students: Iterable[str]) -> Iterator[tuple[Relation, Guardian]]:
        """Yield the relations of these students, given by source id, each with its guardian."""
        wanted = list(students)
        marks = ", ".join("?" * len(wanted))
        pairs = "SELECT r.*, g.* FROM relation r JOIN guardian g ON g.source_id = r.guardian"
        for row in self.connection.execute(f"{pairs} WHERE r.student IN ({marks})", wanted):
            yield Relation(*row[:4]), Guardian(*row[4:])

    def holds(self, ids: Sequence[str]) -> dict[str, str]:
        """Return which of these students' row ids the roster names, with their source ids, readable or not."""
        marks = ", ".join("?" * len(ids))
        found: dict[str, str] = {}
        for table in ("unsure", "student"):
            sql = f"SELECT id, source_id FROM {table} WHERE id IN ({marks})"  # noqa: S608 - markers only
            found |= dict(self.connection.execute(sql, ids))
        return found

    def students_by_id(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the source ids of those of these students whose rows are sound and who stay."""
        marks = ", ".join("?" * len(ids))
        sql = f"SELECT id, source_id FROM student WHERE NOT leaving AND id IN ({marks})"  # noqa: S608 - markers only
        return dict(self.connection.execute(sql, ids))

    def guardians_of(self, students: Iterable[str]) -> dict[tuple[str, str], bool]:
        """Return the guardians of students, as (student, guardian), and whether they are leaving."""
        wanted = list(students)
        marks = ", ".join("?" * len(wanted))
        pairs = "SELECT r.student, r.guardian, g.leaving FROM relation r JOIN guardian g ON g.source_id = r.guardian"
        sql = f"{pairs} WHERE r.student IN ({marks})"
        return {
            (student, guardian): bool(leaving) for student, guardian, leaving in self.connection.execute(sql, wanted)
        }

    def leaving(self, school: str) -> list[str]:
        """Return the row ids of a school's students who leave by the roster's own word."""
        sql = "SELECT id FROM student WHERE school = ? AND leaving"
        return [key for (key,) in self.connection.execute(sql, (school,))]

    def unsure(self) -> set[str]:
        """Return the source ids of people whose row cannot be read: at most as many as there are faults."""
        return {source_id for (source_id,) in self.connection.execute("SELECT source_id FROM unsure")}

    def identify(self, function: Callable[[str], str], *, table: str) -> None:
        """Give each row of a table the id that `function` makes of its source id."""
        self.connection.create_function("row_id", 1, function, deterministic=True)
        self.connection.execute(f"UPDATE {table} SET id = row_id(source_id) WHERE id IS NULL OR id = ''")  # noqa: S608

    def _one(self, sql: str, *values: Any) -> Any:
        row = self.connection.execute(sql, values).fetchone()
        return row[0] if row else None
