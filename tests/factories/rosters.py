"""Rosters for tests: a read package as plain lists, and an import that waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from classwaves_admin.schools.oneroster import Reading, read_package
from classwaves_admin.schools.oneroster.archive import Limits
from classwaves_admin.schools.staging import Guardian, Relation, School, Staff, Stage, Student
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School as SchoolRow
from consent.models import RosterImport, RosterImportSchool
from consent.models.rosters import RosterState
from consent.roster.rehearsal import COMPARISON


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


def compared_import(school: SchoolRow, *names: str) -> RosterImport:
    """Save an import of one school that waits for a person's word, with a new student of each name."""
    made = RosterImport.objects.create(
        format="csv", state=RosterState.CHECKED, school_id=school.pk, district=school.pk, actor_id="somebody", total=1
    )
    with system_scope(reason="test"):
        RosterImportSchool.objects.create(
            roster_import=made, school_id=school.pk, source_id="school", name=school.name, students=len(names)
        )
    with Stage.new(made.stage_path) as stage:
        stage.run(COMPARISON)
        lines = [(str(n), school.pk, "new", name, '[["grade_level", "", "5"]]') for n, name in enumerate(names)]
        stage.connection.executemany(
            "INSERT INTO told (part, school_id, kind, name, details) VALUES (?, ?, ?, ?, ?)", lines
        )
        stage.finish()
    return made
