"""The parts of an import, one transaction each: district and schools; then, school by school, its people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from classwaves_admin.schools.staging import School, Stage, Student
from consent.actions.moving import family_addresses
from consent.models import Guardian, Guardianship, RosterImport, RosterImportSchool
from consent.models.rosters import RosterFormat
from consent.roster.changes import Changed, Changes
from consent.roster.families import TiePlan, barred_contacts, contacts, plan_guardians
from consent.roster.identity import Kind, row_id
from consent.roster.losses import missing_students
from consent.roster.orgs import note_left_out, plan_district, plan_schools
from consent.roster.staff import plan_staff
from consent.roster.students import ACTIVE, plan_departed, plan_students
from consent.roster.tables import STUDENTS

# Students or guardians of one school in one transaction: small enough that other writers do not wait long.
PART = 500


class Phase(StrEnum):
    """What a part is about, in the order of the parts."""

    ORGS = "orgs"
    STAFF = "staff"
    GUARDIANS = "guardians"
    STUDENTS = "students"
    MISSING = "missing"


_NEXT = {Phase.STAFF: Phase.GUARDIANS, Phase.GUARDIANS: Phase.STUDENTS, Phase.STUDENTS: Phase.MISSING}


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an import goes on: the phase, the number of the school, the last source id or row id that is done."""

    phase: Phase = Phase.ORGS
    school: int = 0
    after: str = ""

    @classmethod
    def of(cls, data: dict[str, Any]) -> Cursor:
        """Return the cursor that an import keeps."""
        return cls(Phase(data["phase"]), data["school"], data["after"]) if data else cls()

    def data(self) -> dict[str, Any]:
        """Return the cursor as JSON."""
        return {"phase": self.phase.value, "school": self.school, "after": self.after}


@dataclass(frozen=True, slots=True)
class Part:
    """One part, planned: its changes, the school it concerns, where to go on, and how many people it was about."""

    changes: Changes
    school_id: str | None
    next: Cursor | None
    people: int = 0


class Plan:
    """Plans the parts of one staged roster, each against the rows as they are at that moment."""

    def __init__(self, stage: Stage, roster_import: RosterImport, *, now: datetime, tells: bool = False) -> None:
        self._stage = stage
        self._import = roster_import
        self._now = now
        self._tells = tells
        self._schools = stage.schools()
        self._district = namespace(stage, roster_import)
        its = RosterImportSchool.objects.filter(roster_import=roster_import, students_before__gt=0)
        # Where no roster has brought anybody yet, nobody can be missing.
        self._known_schools = set(its.values_list("school_id", flat=True))

    def part(self, cursor: Cursor) -> Part:
        """Plan the part at the cursor."""
        changes = Changes(self._now, self._district, self._tells)
        if cursor.phase is Phase.ORGS:
            if self._import.format == RosterFormat.ONEROSTER:
                self._orgs(changes)
            return Part(changes, None, Cursor(Phase.STAFF) if self._schools else None)
        school = self._schools[cursor.school]
        if cursor.phase is Phase.STAFF:
            staff = self._stage.staff(school.source_id)
            plan_staff(staff, school.id, self._district, changes, sees=lambda one: one == school.id or self._sees(one))
            return Part(changes, school.id, self._behind(cursor))
        if cursor.phase is Phase.MISSING and school.id not in self._known_schools:
            return Part(changes, school.id, self._next_school(cursor))
        if cursor.phase is Phase.MISSING:
            return self._missing(school, cursor, changes)
        work = self._guardians if cursor.phase is Phase.GUARDIANS else self._students
        last, people = work(school, cursor.after, changes)
        return Part(
            changes, school.id, Cursor(cursor.phase, cursor.school, last) if last else self._behind(cursor), people
        )

    def _orgs(self, changes: Changes) -> None:
        if self._import.options.get("writes_district", True):
            plan_district(self._stage, changes)
        plan_schools(self._stage, self._district, changes)
        note_left_out(self._stage, changes)

    def _guardians(self, school: School, after: str, changes: Changes) -> tuple[str, int]:
        guardians = self._stage.guardians(school.source_id, after=after, most=PART)
        plan_guardians(guardians, school.source_id, school.id, changes)
        if changes.moved:
            self._move_families(school, changes)
        return guardians[-1].source_id if len(guardians) == PART else "", len(guardians)

    def _move_families(self, school: School, changes: Changes) -> None:
        """Let the catalog's address of a family follow a guardian, save where the roster states one for the family."""
        guardians = Guardian.objects.in_bulk(changes.moved)
        ties = Guardianship.objects.filter(guardian_id__in=list(guardians))
        children = set(ties.values_list("student_id", flat=True))
        changes.students |= children
        sources = self._stage.students_by_id(list(children))
        families = list(self._stage.families_of(sources.values()))
        stated = contacts(families, barred_contacts(sources, families, school.id))
        moves = {guardians[key]: address for key, address in changes.moved.items()}
        found = family_addresses(moves, but={key for key, source in sources.items() if stated.get(source)})
        changes.of(STUDENTS).changed += [
            Changed(key, {"parent_email": old}, {"parent_email": new}) for key, (old, new) in found.items()
        ]

    def _students(self, school: School, after: str, changes: Changes) -> tuple[str, int]:
        listed = self._stage.students(school.source_id, after=after, most=PART)
        if not listed:
            return "", 0
        students = self._without_foreign(listed, changes)
        families = list(self._stage.families(listed[0].source_id, listed[-1].source_id, school.source_id))
        before = STUDENTS.rows([student.id for student in students], []) if self._tells else {}
        sources = {student.id: student.source_id for student in students}
        addresses = contacts(families, barred_contacts(sources, families, school.id))
        ids = plan_students(students, school.id, addresses, changes)
        # Of a new student the guardians go without saying.
        names = {student.source_id: student.name for student in students if student.id in before}
        ties = TiePlan(
            school,
            changes,
            sources={one.id: one.source_id for one in self._schools},
            absence_tells=bool(self._stage.noted("absence_tells")),
            unsure=self._stage.unsure(),
        )
        ties.plan(ids, families, names)
        return listed[-1].source_id if len(listed) == PART else "", len(listed)

    def _without_foreign(self, students: Sequence[Student], changes: Changes) -> Sequence[Student]:
        """Leave out who is enrolled at a school that the import's maker may not see: an id takes nobody away."""
        if not self._import.limited_to:
            return students
        rows = STUDENTS.rows([student.id for student in students], ["school_id", "status"])
        foreign = {key for key, row in rows.items() if row["status"] == ACTIVE and not self._sees(row["school_id"])}
        changes.tally.note("students_elsewhere", len(foreign))
        return [student for student in students if student.id not in foreign]

    def _sees(self, school_id: str) -> bool:
        """Tell whether the import's maker may change people of this school."""
        limits = self._import.limited_to
        if not limits or row_id(Kind.DISTRICT, self._district) in limits["districts"]:
            return True
        return school_id in limits["schools"]

    def _missing(self, school: School, cursor: Cursor, changes: Changes) -> Part:
        missing, last = missing_students(self._stage, school, after=cursor.after, most=PART)
        rows = STUDENTS.rows(missing, ["display_name", "school_id", "status"])
        # Whom another service has moved to another school has not left by this roster.
        plan_departed({key: row for key, row in rows.items() if row["school_id"] == school.id}, school.id, changes)
        go_on = Cursor(Phase.MISSING, cursor.school, last) if last else self._next_school(cursor)
        return Part(changes, school.id, go_on, len(missing))

    def _behind(self, cursor: Cursor) -> Cursor:
        return Cursor(_NEXT[cursor.phase], cursor.school)

    def _next_school(self, cursor: Cursor) -> Cursor | None:
        return Cursor(Phase.STAFF, cursor.school + 1) if cursor.school + 1 < len(self._schools) else None


def namespace(stage: Stage, roster_import: RosterImport) -> str:
    """Return what makes the roster's source ids unique: the district's, or the school that sent a plain table."""
    if roster_import.format == RosterFormat.CSV:
        return f"school:{roster_import.school_id}"
    return stage.districts()[0][0]
