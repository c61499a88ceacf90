"""What a package says: districts, schools, students, guardians, relations and staff, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from classwaves_admin.schools.oneroster.schema import Mode


class StaffRole(StrEnum):
    """What a member of staff is to the portal. Access to a whole district is granted by hand, never by a file."""

    TEACHER = "teacher"
    SCHOOL_ADMIN = "admin"
    DISTRICT_ADMIN = "district_admin"


@dataclass(frozen=True, slots=True)
class District:
    """A school district."""

    sourced_id: str
    name: str
    identifier: str


@dataclass(frozen=True, slots=True)
class School:
    """A school; `district` is the sourcedId of the district above it, blank where the file names none."""

    line: int
    sourced_id: str
    name: str
    identifier: str
    district: str


@dataclass(frozen=True, slots=True)
class Student:
    """A student. `leaving` only where the file says so in words; absence from a file says nothing."""

    line: int
    sourced_id: str
    given_name: str
    family_name: str
    email: str
    grade: str
    school: str
    born: date | None
    leaving: bool


@dataclass(frozen=True, slots=True)
class Guardian:
    """A parent or legal guardian; `language` is what the vendor wrote, blank where it wrote nothing."""

    line: int
    sourced_id: str
    name: str
    email: str
    phone: str
    language: str
    leaving: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """That a guardian belongs to a student, named by either of the two rows or by both.

    `stated` is the vendor's word for the kinship, blank where there is none; `role` is `parent` or `guardian`.
    """

    guardian: str
    student: str
    role: str
    stated: str


@dataclass(frozen=True, slots=True)
class Staff:
    """A teacher or administrator; `leaving` too where the account is switched off."""

    line: int
    sourced_id: str
    name: str
    email: str
    school: str
    role: StaffRole
    leaving: bool


@dataclass(slots=True)
class Roster:
    """The plain data of one package. `modes` says which file was bulk, delta or absent."""

    modes: dict[str, Mode] = field(default_factory=dict)
    districts: list[District] = field(default_factory=list)
    schools: list[School] = field(default_factory=list)
    students: list[Student] = field(default_factory=list)
    guardians: list[Guardian] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    staff: list[Staff] = field(default_factory=list)
    relatives_left_out: int = 0
