"""Students of one school and their age records in the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from classwaves_admin.schools.staging import Student as Listed
from classwaves_admin.warehouse.models import CoppaCompliance
from consent.models.rosters import Departure, DepartureReason
from consent.roster.changes import Changed, Changes
from consent.roster.identity import Kind, row_id
from consent.roster.staff import address_of
from consent.roster.tables import AGES, DEPARTURES, ROSTER_STUDENTS, STUDENTS, Values
from consent.rules.ages import attested_year, is_under_13, year_everywhere
from consent.rules.limits import LIMITS

ACTIVE, INACTIVE = "active", "inactive"
FROM_BIRTH_DATE, UNKNOWN = "sis_dob", "unknown"
_COMPARED = ("display_name", "school_id", "email", "grade_level", "status", "parent_email")
_NEW: Values = {
    "google_id": None,
    "has_parental_consent": False,
    "consent_date": None,
    "data_sharing_consent": False,
    "audio_recording_consent": False,
}
_NEW_AGE: Values = dict.fromkeys((*LIMITS, "auto_delete_enabled", "parent_access_enabled"), True) | dict.fromkeys(
    ("delete_after_days", "deletion_requested_at", "deletion_completed_at", "parent_last_reviewed")
)


def plan_students(
    students: Sequence[Listed], school_id: str, contacts: Mapping[str, str | None], changes: Changes
) -> dict[str, str]:
    """Plan the rows of some students; return the row id of each source id that is kept.

    Flags of consent are never touched. `contacts` gives the one address of a student's family, None where
    there is none or more than one.
    """
    ids = [student.id for student in students]
    rows, members = STUDENTS.rows(ids, _COMPARED), ROSTER_STUDENTS.rows(ids, ["school_id", "source_id"])
    # Of whom neither the catalog nor a roster knows there is nothing else: not asking saves half of the time.
    changes.known = {*rows, *members}
    # Someone who leaves and was never here needs no row.
    here = [student for student in students if not student.leaving or student.id in rows]
    changes.tally.note("left_before_import", len(students) - len(here))
    new = []
    for student in here:
        email, grade = address_of(student.email) or None, student.grade or None
        contact = contacts.get(student.source_id)
        if row := rows.get(student.id):
            wanted = {
                "display_name": student.name,
                "school_id": school_id,
                "email": email,
                "grade_level": grade,
                "status": INACTIVE if student.leaving else ACTIVE,
            }
            if contact:
                wanted["parent_email"] = contact
            changed = changes.settle(STUDENTS, row, wanted)
            if changed:
                changes.students.add(student.id)
                _tell(student, changed, changes)
        else:
            new.append((student.id, student.name, email, grade, ACTIVE, contact))
            changes.tell("new", student.name, [("grade_level", None, grade)])
    changes.students.update(row[0] for row in new)
    changes.add(STUDENTS, new, **_NEW, school_id=school_id, created_at=changes.now, updated_at=changes.now)
    _plan_ages(here, school_id, changes)
    _plan_membership(here, members, school_id, changes)
    return {student.source_id: student.id for student in here}


def plan_departed(rows: Mapping[str, Values], school_id: str, changes: Changes) -> None:
    """Plan that students who are missing from the roster have left."""
    for key, row in rows.items():
        changes.settle(STUDENTS, row, {"status": INACTIVE})
        changes.students.add(key)
        changes.closed_students.add(key)
        changes.tell("leaving", row["display_name"], [("status", row["status"], INACTIVE)])
    left_on = changes.now.date()
    changes.add(DEPARTURES, [(key, school_id, left_on, DepartureReason.MISSING.value) for key in rows])
    changes.tally.note("students_missing", len(rows))


def _tell(student: Listed, changed: Changed, changes: Changes) -> None:
    kind = "leaving" if changed.after.get("status") == INACTIVE else "changed"
    differing = [(name, changed.before[name], changed.after[name]) for name in changed.after if name != "school_id"]
    if "school_id" in changed.after:
        differing.append(("school", "another school", "this school"))
    changes.tell(kind, student.name, differing)


@cache
def _is_young(year: int | None, this_year: int) -> bool:
    return is_under_13(year, this_year)


def _plan_ages(students: Sequence[Listed], school_id: str, changes: Changes) -> None:
    """Keep the year of birth alone; a roster that leaves it out does not unsay a year that is known."""
    columns = (*AGES.columns, "school_id")
    found = CoppaCompliance.objects.filter(student_id__in=changes.known)
    # Of several records of one student the last one counts.
    rows = {row["student_id"]: row for row in found.order_by("updated_at", "id").values(*columns)}
    this_year, district, new = year_everywhere(changes.now), changes.district, []
    for student in students:
        row = rows.get(student.id)
        if row is None:
            year = student.year
            method = FROM_BIRTH_DATE if year else UNKNOWN
            key = row_id(Kind.AGE, district, student.source_id)
            verified_at = changes.now if year else None
            new.append((key, student.id, year, _is_young(year, this_year), method, verified_at))
        else:
            _settle_age(student, row, school_id, this_year, changes)
    changes.students.update(row[1] for row in new)
    changes.add(AGES, new, **_NEW_AGE, school_id=school_id, created_at=changes.now, updated_at=changes.now)


def _settle_age(student: Listed, row: Values, school_id: str, this_year: int, changes: Changes) -> None:
    year, method = student.year, FROM_BIRTH_DATE
    if year is None:
        year, method = row["birth_year"], row["age_verification_method"]
    wanted: Values = {
        "school_id": school_id,
        "birth_year": year,
        "is_under_13": _is_young(attested_year(year, method), this_year),
        "age_verification_method": method,
    }
    if row["birth_year"] != year:
        wanted["age_verified_at"] = changes.now
    changed = changes.settle(AGES, row, wanted)
    if not changed:
        return
    changes.students.add(student.id)
    if "birth_year" in changed.after:
        changes.tell("changed", student.name, [("birth_year", row["birth_year"], year)])
    if "is_under_13" in changed.after:
        changes.turned[student.id] = changed.after["is_under_13"]


def _plan_membership(
    students: Sequence[Listed], members: Mapping[str, Values], school_id: str, changes: Changes
) -> None:
    """Remember who came by a roster, note who leaves by its word, and forget that somebody left who is back."""
    departed = {row.student_id: row for row in Departure.objects.filter(student_id__in=changes.known)}
    new, left, back = [], [], []
    for student in students:
        row = members.get(student.id)
        if row is None:
            new.append((student.id, school_id, student.source_id))
        else:
            changes.settle(ROSTER_STUDENTS, row, {"school_id": school_id, "source_id": student.source_id})
        if student.leaving and student.id not in departed:
            left.append((student.id, school_id, changes.now.date(), DepartureReason.DELETED.value))
            changes.closed_students.add(student.id)
        elif not student.leaving and student.id in departed:
            gone = departed[student.id]
            back.append((gone.student_id, gone.school_id, gone.left_on, gone.reason))
    changes.add(ROSTER_STUDENTS, new)
    changes.add(DEPARTURES, left)
    changes.remove(DEPARTURES, back)
    changes.tally.note("students_back", len(back))
