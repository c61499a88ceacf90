"""Assembles a roster from rows that passed every check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from classwaves_admin.schools.oneroster.people import BirthRow, OrgRow, RoleRow, UserRow
from classwaves_admin.schools.oneroster.roster import (
    District,
    Guardian,
    Relation,
    Roster,
    School,
    Staff,
    StaffRole,
    Student,
)
from classwaves_admin.schools.oneroster.schema import Mode

# A `relative` is not among these: kinship alone gives no right to consent (34 CFR 99.3, "parent").
GUARDIAN_ROLES = frozenset({"guardian", "parent"})
SCHOOL_ADMIN_ROLES = frozenset({"administrator", "principal", "siteAdministrator"})
DISTRICT_ROLES = frozenset({"districtAdministrator", "systemAdministrator"})


@dataclass(frozen=True, slots=True)
class _Post:
    """A role that a person holds at an org; `rank` puts the primary one first."""

    role: str
    org: str
    rank: int


def assemble(
    modes: dict[str, Mode], orgs: list[OrgRow], users: list[UserRow], roles: list[RoleRow], births: list[BirthRow]
) -> Roster:
    """Return the roster from rows that passed every check."""
    roster = Roster(modes=modes)
    _add_orgs(roster, orgs)
    school_ids = {school.sourced_id for school in roster.schools}
    posts = _posts(users, roles)
    born = {row.sourced_id: row.born for row in births if not row.leaving}
    for user in users:
        held = posts.get(user.sourced_id, [])
        names = {post.role for post in held}
        if "student" in names:
            roster.students.append(_student(user, held, school_ids, born.get(user.sourced_id)))
        elif names & GUARDIAN_ROLES:
            roster.guardians.append(_guardian(user))
        elif "relative" in names:
            roster.relatives_left_out += 1
        # A teacher may be a parent of the same school: both are kept.
        if role := _staff_role(names):
            roster.staff.append(_staff(user, held, school_ids, role))
    roster.relations = _relations(roster, users, posts)
    return roster


def _add_orgs(roster: Roster, orgs: list[OrgRow]) -> None:
    by_id = {org.sourced_id: org for org in orgs if not org.leaving}
    for org in by_id.values():
        if org.type == "district":
            roster.districts.append(District(org.sourced_id, org.name, org.identifier))
        elif org.type == "school":
            district = _district_above(org, by_id)
            roster.schools.append(School(org.line, org.sourced_id, org.name, org.identifier, district))


def _district_above(org: OrgRow, by_id: dict[str, OrgRow]) -> str:
    """Climb to the district; a circle of parents ends the climb."""
    seen: set[str] = set()
    parent = by_id.get(org.parent)
    while parent is not None and parent.sourced_id not in seen:
        if parent.type == "district":
            return parent.sourced_id
        seen.add(parent.sourced_id)
        parent = by_id.get(parent.parent)
    return ""


def _posts(users: list[UserRow], roles: list[RoleRow]) -> dict[str, list[_Post]]:
    """Return what each person is and where, the primary role first."""
    posts: dict[str, list[_Post]] = {}
    for user in users:
        own = [_Post(user.role, org, rank) for rank, org in enumerate(user.orgs) if user.role]
        posts[user.sourced_id] = own
    for role in roles:
        if not role.leaving:
            posts.setdefault(role.user, []).append(_Post(role.role, role.org, 0 if role.primary else 1))
    for held in posts.values():
        held.sort(key=lambda post: post.rank)
    return posts


def _place(user: UserRow, held: Iterable[_Post], school_ids: set[str], wanted: frozenset[str]) -> str:
    """Return the first school at which the person holds one of the roles, else the primary org's id."""
    places = [post.org for post in held if post.role in wanted]
    return next(
        (org for org in places if org in school_ids), user.primary_org if user.primary_org in school_ids else ""
    )


def _student(user: UserRow, held: list[_Post], school_ids: set[str], born: date | None) -> Student:
    return Student(
        line=user.line,
        sourced_id=user.sourced_id,
        # The legal name of the roster, not the preferred one: mails to guardians name the child, and a
        # preferred name may be one that the child has not shared at home.
        given_name=user.given_name,
        family_name=user.family_name,
        email=user.email,
        grade=user.grade,
        school=_place(user, held, school_ids, frozenset({"student"})),
        born=born,
        leaving=user.leaving,
    )


def _guardian(user: UserRow) -> Guardian:
    name = f"{user.given_name} {user.family_name}".strip()
    return Guardian(user.line, user.sourced_id, name, user.email, user.phone, user.language, user.leaving)


def _staff_role(names: set[str]) -> StaffRole | None:
    if names & SCHOOL_ADMIN_ROLES:
        return StaffRole.SCHOOL_ADMIN
    if names & DISTRICT_ROLES:
        return StaffRole.DISTRICT_ADMIN
    return StaffRole.TEACHER if "teacher" in names else None


def _staff(user: UserRow, held: list[_Post], school_ids: set[str], role: StaffRole) -> Staff:
    wanted = SCHOOL_ADMIN_ROLES if role is StaffRole.SCHOOL_ADMIN else frozenset({"teacher"})
    school = "" if role is StaffRole.DISTRICT_ADMIN else _place(user, held, school_ids, wanted)
    if role is StaffRole.SCHOOL_ADMIN and not school:
        # In 1.1 an administrator of the district is an `administrator` whose org is the district.
        role = StaffRole.DISTRICT_ADMIN
    name = f"{user.given_name} {user.family_name}".strip()
    return Staff(user.line, user.sourced_id, name, user.email, school, role, user.leaving or not user.enabled)


def _relations(roster: Roster, users: list[UserRow], posts: dict[str, list[_Post]]) -> list[Relation]:
    """Return each pair once, whichever of the two rows names it (`agentSourcedIds` goes both ways)."""
    students = {student.sourced_id for student in roster.students}
    guardians = {guardian.sourced_id for guardian in roster.guardians}
    rows = {user.sourced_id: user for user in users}
    pairs: dict[tuple[str, str], None] = {}
    for user in users:
        for agent in user.agents:
            if user.sourced_id in students and agent in guardians:
                pairs[(agent, user.sourced_id)] = None
            elif user.sourced_id in guardians and agent in students:
                pairs[(user.sourced_id, agent)] = None
    return [
        Relation(guardian, student, _guardian_role(posts[guardian]), rows[guardian].relation)
        for guardian, student in pairs
    ]


def _guardian_role(held: list[_Post]) -> str:
    return next((post.role for post in held if post.role in GUARDIAN_ROLES), "")
