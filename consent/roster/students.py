"""Students of one school and their age records in the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from classwaves_admin.schools.oneroster import Student as Listed
from classwaves_admin.warehouse.models import CoppaCompliance, Student
from consent.roster.changes import Changes, by_id
from consent.roster.identity import Kind, row_id
from consent.roster.staff import address_of
from consent.roster.tally import Kept
from consent.rules.ages import is_under_13, year_everywhere

ACTIVE, INACTIVE = "active", "inactive"
FROM_BIRTH_DATE, UNKNOWN = "sis_dob", "unknown"


@dataclass(slots=True)
class Planned:
    """What a part of a school's students came to.

    `ids` gives the row id of each sourcedId that is kept; `turned` the students whose age status turned.
    """

    ids: dict[str, str]
    touched: set[str] = field(default_factory=set)
    turned: dict[str, bool] = field(default_factory=dict)


def display_name(given: str, family: str) -> str:
    """Return the first name and the initial of the family name: all that the catalog keeps of a name."""
    return f"{given.strip()} {family.strip()[:1]}.".strip()


def plan_students(
    students: Sequence[Listed], school_id: str, district: str, contacts: Mapping[str, str | None], changes: Changes
) -> Planned:
    """Plan the rows of some students. Flags of consent are never touched.

    `contacts` gives the one address of a student's family, None where there is none or more than one.
    """
    ids = {student.sourced_id: row_id(Kind.STUDENT, district, student.sourced_id) for student in students}
    rows = by_id(Student, ids.values())
    # Someone who leaves and was never here needs no row.
    gone = {student.sourced_id for student in students if student.leaving and ids[student.sourced_id] not in rows}
    changes.tally.note("left_before_import", len(gone))
    planned = Planned({sourced_id: key for sourced_id, key in ids.items() if sourced_id not in gone})
    ages = {row.student_id: row for row in CoppaCompliance.objects.filter(student_id__in=list(ids.values()))}
    for student in students:
        if student.sourced_id in gone:
            continue
        key = ids[student.sourced_id]
        wanted = {
            "display_name": display_name(student.given_name, student.family_name),
            "school_id": school_id,
            "email": address_of(student.email) or None,
            "grade_level": student.grade or None,
            "status": INACTIVE if student.leaving else ACTIVE,
        }
        if contact := contacts.get(student.sourced_id):
            wanted["parent_email"] = contact
        if row := rows.get(key):
            if changes.settle(Kept.STUDENTS, row, wanted):
                planned.touched.add(key)
        else:
            changes.add(Kept.STUDENTS, _new_student(key, wanted, changes))
            planned.touched.add(key)
        _plan_age(student, key, school_id, district, ages.get(key), changes, planned)
    return planned


def _new_student(key: str, wanted: Mapping[str, str | None], changes: Changes) -> Student:
    return Student(
        id=key,
        has_parental_consent=False,
        data_sharing_consent=False,
        audio_recording_consent=False,
        created_at=changes.now,
        updated_at=changes.now,
        **wanted,
    )


def _plan_age(
    student: Listed,
    key: str,
    school_id: str,
    district: str,
    row: CoppaCompliance | None,
    changes: Changes,
    planned: Planned,
) -> None:
    """Keep the year of birth alone; a roster that leaves it out does not unsay a year that is known."""
    year = student.born.year if student.born else None
    if row is not None and year is None:
        year, method = row.birth_year, row.age_verification_method
    else:
        method = FROM_BIRTH_DATE if year else UNKNOWN
    young = is_under_13(year, year_everywhere(changes.now))
    wanted: dict[str, object] = {
        "school_id": school_id,
        "birth_year": year,
        "is_under_13": young,
        "age_verification_method": method,
    }
    if row is None:
        planned.touched.add(key)
        verified_at = changes.now if year else None
        changes.add(
            Kept.AGES, _new_age(key, row_id(Kind.AGE, district, student.sourced_id), wanted, verified_at, changes)
        )
        return
    if row.birth_year != year:
        wanted["age_verified_at"] = changes.now
    if changes.settle(Kept.AGES, row, wanted):
        planned.touched.add(key)
        if row.is_under_13 != young:
            planned.turned[key] = young


def _new_age(
    student_id: str, key: str, wanted: Mapping[str, Any], verified_at: datetime | None, changes: Changes
) -> CoppaCompliance:
    return CoppaCompliance(
        id=key,
        student_id=student_id,
        age_verified_at=verified_at,
        data_collection_limited=True,
        no_behavioral_targeting=True,
        no_third_party_sharing=True,
        auto_delete_enabled=True,
        parent_access_enabled=True,
        created_at=changes.now,
        updated_at=changes.now,
        **wanted,
    )
