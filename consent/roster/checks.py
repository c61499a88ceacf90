"""What a roster must hold before anything of it is written. Pure: plain data in, faults out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from classwaves_admin.schools.oneroster import Fault, Roster
from classwaves_admin.schools.oneroster.schema import Mode

OLDEST_STUDENT = 30


def faults_of(roster: Roster, *, today: date) -> list[Fault]:
    """Return why this roster cannot be imported, nothing where it can."""
    return sorted([*_of_orgs(roster), *_of_students(roster, today)])


def _of_orgs(roster: Roster) -> Iterator[Fault]:
    if not roster.schools:
        message = "The package holds no school. Send orgs.csv with it, also in a delta."
        yield Fault("orgs.csv", 0, "roster.no_school", message)
    for school in roster.schools:
        if not school.district:
            message = "No district stands above this school."
            yield Fault("orgs.csv", school.line, "roster.school_without_district", message)
    if len(roster.districts) > 1:
        yield Fault("orgs.csv", 0, "roster.many_districts", "The package holds more than one district.")


def _of_students(roster: Roster, today: date) -> Iterator[Fault]:
    if not roster.students and roster.modes.get("users") is Mode.BULK:
        message = "The package holds no student. Roles stand in users.csv (1.1) or roles.csv (1.2)."
        yield Fault("users.csv", 0, "roster.no_student", message)
    for student in roster.students:
        if not student.school:
            message = "The student belongs to no school of this package."
            yield Fault("users.csv", student.line, "roster.student_without_school", message)
        if student.born and not today.year - OLDEST_STUDENT <= student.born.year <= today.year:
            message = "The student's date of birth in demographics.csv cannot be right."
            yield Fault("users.csv", student.line, "roster.implausible_birth_date", message)
