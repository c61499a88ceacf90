"""Sorts the raw rows of a package into districts, schools, students, guardians, relations and staff."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from classwaves_admin.schools.names import display_name
from classwaves_admin.schools.oneroster.schema import Version
from classwaves_admin.schools.staging import StaffRole, Stage

Row = tuple[Any, ...]
# A `relative` is not among these: kinship alone gives no right to consent (34 CFR 99.3, "parent").
GUARDIAN_ROLES = frozenset({"guardian", "parent"})
SCHOOL_ADMIN_ROLES = frozenset({"administrator", "principal", "siteAdministrator"})
DISTRICT_ROLES = frozenset({"districtAdministrator", "systemAdministrator"})
# What people are and where, as `role:school role:school`, the primary role first.
_POSTS_1_1 = """
CASE WHEN u.role = '' THEN '' ELSE
    u.role || ':' || coalesce((SELECT source_id FROM school WHERE source_id = u.org), '') || coalesce((
        SELECT group_concat(' ' || u.role || ':' || coalesce(s.source_id, ''), '')
        FROM (SELECT org FROM raw.more_orgs WHERE user = u.id ORDER BY rank) m
        LEFT JOIN school s ON s.source_id = m.org), '')
END
"""
_POSTS_1_2 = """
(SELECT group_concat(p.role || ':' || p.school, ' ') FROM (
    SELECT p.role, coalesce(s.source_id, '') AS school FROM raw.roles p LEFT JOIN school s ON s.source_id = p.org
    WHERE p.user = u.id AND NOT p.leaving ORDER BY p.is_primary DESC) p)
"""
_PEOPLE = """
SELECT u.line, u.id, u.leaving, u.enabled, u.given, u.family, u.email, u.grade, u.relation, u.language, u.primary_org,
    {posts}, (SELECT d.year FROM raw.demographics d WHERE d.id = u.id AND NOT d.leaving)
FROM raw.users u WHERE NOT EXISTS (SELECT 1 FROM raw.left_out l WHERE l.file = 'people' AND l.id = u.id)
"""
_PAIRS = """
INSERT OR IGNORE INTO relation
SELECT s.source_id, g.source_id, k.role, k.stated FROM raw.agents a
    JOIN student s ON s.source_id = a.user JOIN guardian g ON g.source_id = a.agent JOIN raw.kin k ON k.id = a.agent
UNION SELECT s.source_id, g.source_id, k.role, k.stated FROM raw.agents a
    JOIN guardian g ON g.source_id = a.user JOIN student s ON s.source_id = a.agent JOIN raw.kin k ON k.id = a.user
"""


_BATCH = 1_000


class _Person(NamedTuple):
    line: int
    source_id: str
    leaving: int
    enabled: int
    given: str
    family: str
    email: str
    grade: str
    relation: str
    language: str
    primary_org: str
    held: str | None
    year: int | None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()


Posts = list[list[str]]


def assemble(db: sqlite3.Connection, stage: Stage, version: Version) -> None:
    """Fill the stage from the raw tables, whose rows have passed every check of their own."""
    _add_orgs(db, stage)
    db.execute("CREATE TABLE raw.kin (id TEXT PRIMARY KEY, role TEXT, stated TEXT)")
    schools = frozenset(school.source_id for school in stage.schools())
    posts = _POSTS_1_1 if version is Version.V1_1 else _POSTS_1_2
    people, relatives = db.cursor().execute(_PEOPLE.format(posts=posts)), 0
    while batch := people.fetchmany(_BATCH):
        found: dict[str, list[Row]] = {"student": [], "guardian": [], "staff": [], "raw.kin": []}
        for values in batch:
            relatives += _sort(_Person(*values), schools, found)
        for table, rows in found.items():
            stage.add(table, rows)
    stage.note("relatives_left_out", relatives)
    db.execute(_PAIRS)


def _sort(person: _Person, schools: frozenset[str], found: dict[str, list[Row]]) -> int:
    """Put a person into the lists of what they are; return 1 for a relative, who is left out."""
    posts = [post.split(":", 1) for post in (person.held or "").split()]
    roles = {role for role, _ in posts}
    relative = 0
    if "student" in roles:
        found["student"].append(_student(person, posts, schools))
    elif guardian := next((role for role, _ in posts if role in GUARDIAN_ROLES), ""):
        found["guardian"].append(
            (person.source_id, person.line, person.name, person.email, person.language, person.leaving)
        )
        found["raw.kin"].append((person.source_id, guardian, person.relation))
    else:
        relative = int("relative" in roles)
    # A teacher may be a parent of the same school: both are kept.
    if role := _staff_role(roles):
        found["staff"].append(_staff(person, posts, schools, role))
    return relative


def _student(person: _Person, posts: Posts, schools: frozenset[str]) -> Row:
    # The legal name of the roster, not the preferred one: mails to guardians name the child, and a
    # preferred name may be one that the child has not shared at home.
    name, school = display_name(person.given, person.family), _place(person, posts, schools, frozenset({"student"}))
    return person.source_id, "", person.line, name, person.email, person.grade, school, person.year, person.leaving


def _staff_role(roles: set[str]) -> StaffRole | None:
    if roles & SCHOOL_ADMIN_ROLES:
        return StaffRole.SCHOOL_ADMIN
    if roles & DISTRICT_ROLES:
        return StaffRole.DISTRICT_ADMIN
    return StaffRole.TEACHER if "teacher" in roles else None


def _staff(person: _Person, posts: Posts, schools: frozenset[str], role: StaffRole) -> Row:
    wanted = SCHOOL_ADMIN_ROLES if role is StaffRole.SCHOOL_ADMIN else frozenset({"teacher"})
    school = "" if role is StaffRole.DISTRICT_ADMIN else _place(person, posts, schools, wanted)
    if role is StaffRole.SCHOOL_ADMIN and not school:
        # In 1.1 an administrator of the district is an `administrator` whose org is the district.
        role = StaffRole.DISTRICT_ADMIN
    leaving = int(person.leaving or not person.enabled)
    return person.source_id, person.line, person.name, person.email, school, role.value, leaving


def _place(person: _Person, posts: Posts, schools: frozenset[str], wanted: frozenset[str]) -> str:
    """Return the first school at which the person holds one of the roles, else the school of the primary org."""
    found = next((school for role, school in posts if role in wanted and school), "")
    return found or (person.primary_org if person.primary_org in schools else "")


def _add_orgs(db: sqlite3.Connection, stage: Stage) -> None:
    """Take districts and schools; there are few of them."""
    orgs = {row[1]: row for row in db.execute("SELECT line, id, name, type, parent FROM raw.orgs WHERE NOT leaving")}
    stage.add("district", [(key, name) for _, key, name, kind, _ in orgs.values() if kind == "district"])
    schools = [
        (key, "", line, name, _district_above(key, orgs))
        for line, key, name, kind, _ in orgs.values()
        if kind == "school"
    ]
    stage.add("school", schools)


def _district_above(key: str, orgs: dict[str, Row]) -> str:
    """Climb to the district; a circle of parents ends the climb."""
    seen: set[str] = set()
    while (org := orgs.get(orgs[key][4])) is not None and org[1] not in seen:
        key = org[1]
        if org[3] == "district":
            return key
        seen.add(key)
    return ""
