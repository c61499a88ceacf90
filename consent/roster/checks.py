"""What a roster must hold before anything of it is written, asked of the staged rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from classwaves_admin.schools.faults import Fault
from classwaves_admin.schools.staging import Stage

OLDEST_STUDENT = 30
_HOMELESS = "SELECT line FROM student WHERE school = ''"
_IMPLAUSIBLE = "SELECT line FROM student WHERE year IS NOT NULL AND (year < ? OR year > ?)"


def faults_of(stage: Stage, *, today: date, file: str = "users.csv") -> list[Fault]:
    """Return what is wrong with this roster beyond its form; `file` is the one that names the students."""
    return sorted([*_of_orgs(stage), *_of_students(stage, today, file)])


def leave_out(stage: Stage, *, today: date) -> None:
    """Take the students out whose rows have a fault: they are here, and nothing of their rows is used."""
    first, last = today.year - OLDEST_STUDENT, today.year
    bad = f"line IN ({_HOMELESS} UNION {_IMPLAUSIBLE})"
    keep = f"INSERT OR IGNORE INTO unsure SELECT source_id, '' FROM student WHERE {bad}"  # noqa: S608 - our own words
    stage.connection.execute(keep, (first, last))
    stage.connection.execute(f"DELETE FROM student WHERE {bad}", (first, last))  # noqa: S608


def _of_orgs(stage: Stage) -> Iterator[Fault]:
    schools = stage.schools()
    if not schools:
        message = "The package holds no school. Send orgs.csv with it, also in a delta."
        yield Fault("orgs.csv", 0, "roster.no_school", message)
    for school in schools:
        if not school.district:
            message = "No district stands above this school."
            yield Fault("orgs.csv", school.line, "roster.school_without_district", message)
    if stage.count("district") > 1:
        yield Fault("orgs.csv", 0, "roster.many_districts", "The package holds more than one district.")


def _of_students(stage: Stage, today: date, file: str) -> Iterator[Fault]:
    if not stage.count("student") and stage.noted("absence_tells"):
        message = "The package holds no student. Roles stand in users.csv (1.1) or roles.csv (1.2)."
        yield Fault(file, 0, "roster.no_student", message)
    for (line,) in stage.connection.execute(_HOMELESS):
        message = "The student belongs to no school of this package."
        yield Fault(file, line, "roster.student_without_school", message)
    span = (today.year - OLDEST_STUDENT, today.year)
    for (line,) in stage.connection.execute(_IMPLAUSIBLE, span):
        message = "The student's date of birth cannot be right."
        yield Fault(file, line, "roster.implausible_birth_date", message)
