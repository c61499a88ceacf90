"""The import: all of a package or nothing, told in counts, the same again on a second run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.ids import new_id
from classwaves_admin.schools.oneroster import Fault, Roster, School, StaffRole, Student, read_package
from classwaves_admin.tenancy.scope import system_scope
from consent.roster.changes import Changes
from consent.roster.checks import faults_of
from consent.roster.families import Families, FamilyChanges, FamilyPlan
from consent.roster.identity import Kind, row_id
from consent.roster.orgs import plan_district, plan_schools
from consent.roster.staff import plan_staff
from consent.roster.students import Planned, plan_students
from consent.roster.tally import Tally

# Students of one school in one transaction: small enough that other writers do not wait long.
PART = 250


@dataclass(slots=True)
class Import:
    """What came of an import. With faults nothing was written; without `written` it was a rehearsal."""

    faults: list[Fault] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    written: bool = False

    @property
    def refused_rows(self) -> int:
        """Return how many rows the faults stand in."""
        return len({(fault.file, fault.line) for fault in self.faults if fault.line})


def import_roster(*, package: BinaryIO, by: Actor, now: datetime, dry_run: bool = False) -> Import:
    """Take a OneRoster ZIP into the catalog, or say why not; with `dry_run` only count.

    A package with any fault is refused whole. Each part is one transaction with its own event
    `roster.imported`; a run that is cut short is completed by running it again.
    """
    reading = read_package(package)
    if reading.roster is None:
        return Import(faults=reading.faults)
    if faults := faults_of(reading.roster, today=now.date()):
        return Import(faults=faults)
    with system_scope(reason="a roster spans the schools of a district"):
        return Import(tally=_Run(reading.roster, by, now, dry_run).all(), written=not dry_run)


class _Run:
    """One pass over a roster that passed every check."""

    def __init__(self, roster: Roster, by: Actor, now: datetime, dry_run: bool) -> None:
        self._roster = roster
        self._by = by
        self._now = now
        self._dry_run = dry_run
        self._id = new_id()
        self._families = Families.of(roster)
        self._total = Tally()

    def all(self) -> Tally:
        """Take the district, then school by school; return the counts of all parts."""
        changes = Changes(self._now)
        district = plan_district(self._roster, changes)
        plan_schools(self._roster, district, changes)
        placeless = [person for person in self._roster.staff if not person.school]
        from_district = sum(person.role is StaffRole.DISTRICT_ADMIN for person in placeless)
        changes.tally.note("district_staff_left_out", from_district)
        changes.tally.note("staff_without_school", len(placeless) - from_district)
        changes.tally.note("relatives_left_out", self._roster.relatives_left_out)
        self._finish(changes, school_id=None)
        for school in self._roster.schools:
            self._school(school, district)
        return self._total

    def _school(self, school: School, district: str) -> None:
        school_id = row_id(Kind.SCHOOL, district, school.sourced_id)
        people = [person for person in self._roster.staff if person.school == school.sourced_id]
        changes = Changes(self._now)
        plan_staff(people, school_id, district, changes)
        self._finish(changes, school_id=school_id)
        plan = FamilyPlan(school.sourced_id, school_id, district, self._families)
        students = [student for student in self._roster.students if student.school == school.sourced_id]
        for part in _parts(students):
            self._part(part, school_id, district, plan)

    def _part(self, students: Sequence[Student], school_id: str, district: str, plan: FamilyPlan) -> None:
        changes = Changes(self._now)
        contacts = self._families.contacts(student.sourced_id for student in students)
        planned = plan_students(students, school_id, district, contacts, changes)
        families = plan.plan(planned.ids, self._now, changes.tally)
        self._finish(changes, school_id=school_id, families=families, planned=planned)

    def _finish(
        self,
        changes: Changes,
        *,
        school_id: str | None,
        families: FamilyChanges | None = None,
        planned: Planned | None = None,
    ) -> None:
        """Write one part with its events, unless this is a rehearsal, and add its counts."""
        self._total.add(changes.tally)
        if self._dry_run:
            return
        with transaction.atomic():
            changes.write()
            if families is not None:
                families.write()
            for student_id, under_13 in sorted(planned.turned.items() if planned else ()):
                record(
                    "coppa.status_changed",
                    by=self._by,
                    school_id=school_id,
                    resource=("student", student_id),
                    students=[student_id],
                    data={"under_13": under_13},
                    at=self._now,
                )
            # A part that changed nothing leaves no event, save the first, which says that a roster came.
            if changes.tally.writes or school_id is None:
                record(
                    "roster.imported",
                    by=self._by,
                    school_id=school_id,
                    resource=("roster", self._id),
                    students=planned.touched if planned else (),
                    data=changes.tally.data(),
                    at=self._now,
                )


def _parts(students: Sequence[Student]) -> Iterator[Sequence[Student]]:
    for start in range(0, len(students), PART):
        yield students[start : start + PART]
