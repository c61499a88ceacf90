"""A read OneRoster package as plain lists, for tests of the reader."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from classwaves_admin.schools.oneroster import Reading, read_package
from classwaves_admin.schools.oneroster.archive import Limits
from classwaves_admin.schools.staging import Guardian, Relation, School, Staff, Stage, Student


@dataclass
class Roster:
    """What a stage holds."""

    districts: list[tuple[str, str]]
    schools: list[School]
    students: list[Student]
    guardians: list[Guardian]
    relations: list[Relation]
    staff: list[Staff]
    unsure: set[str]
    relatives_left_out: int
    absence_tells: bool


@dataclass
class Read:
    """A reading with its roster, None where the package is refused."""

    reading: Reading
    roster: Roster | None = None


def read(package: BinaryIO | Path, *, limits: Limits | None = None) -> Read:
    """Read a package into a stage in memory."""
    with Stage.new() as stage:
        reading = read_package(package, stage, limits=limits)
        return Read(reading, None if reading.refused else contents(stage))


def contents(stage: Stage) -> Roster:
    """Return all rows of a stage."""
    db = stage.connection
    return Roster(
        stage.districts(),
        stage.schools(),
        [Student(*row) for row in db.execute("SELECT * FROM student ORDER BY line")],
        [Guardian(*row) for row in db.execute("SELECT * FROM guardian ORDER BY line")],
        [Relation(*row) for row in db.execute("SELECT * FROM relation")],
        [Staff(*row) for row in db.execute("SELECT * FROM staff ORDER BY line")],
        stage.unsure(),
        stage.noted("relatives_left_out"),
        bool(stage.noted("absence_tells")),
    )
