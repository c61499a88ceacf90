"""What a person may do and see: a pure decision from staff rows and memberships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, WITHIN_A_GRANT, Role
from classwaves_admin.tenancy.scope import EVERYTHING, NOTHING, Scope

ACTIVE = "active"
# `users.teachers.role`. Other services write that column too, so even its `super_admin` reaches no
# further than the row's own school; super admins of the portal hold a membership.
STAFF_ROLES = {"teacher": Role.TEACHER, "admin": Role.SCHOOL_ADMIN, "super_admin": Role.SCHOOL_ADMIN}
# The role that counts where a person holds several.
RANK = (Role.SUPER_ADMIN, Role.DISTRICT_ADMIN, Role.SCHOOL_ADMIN, Role.AUDITOR, Role.TEACHER)


class Suspended(Exception):
    """The school has suspended or deactivated this person: no sign-in, no session."""

    words = "Your school has suspended this account. Ask your school's administrator."


@dataclass(frozen=True, slots=True)
class StaffRow:
    """The columns of `users.teachers` that decide."""

    teacher_id: str
    school_id: str
    role: str
    status: str


class Granted(Protocol):
    """A membership in force."""

    role: str
    district_id: str
    school_ids: list[str]


@dataclass(frozen=True, slots=True)
class Support:
    """The grant that somebody of ClassWaves has entered: its id, the district and when it ends by itself."""

    grant_id: str
    district_id: str
    district_name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """A person's role and scope. `role` is None for someone who may sign in but holds nothing.

    With `support` the scope is the granted district's, and the office's permissions are added.
    """

    role: Role | None = None
    scope: Scope = field(default=NOTHING)
    teacher_id: str | None = None
    support: Support | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether the role holds `permission`, or the grant that was entered."""
        if self.role is None:
            return False
        return permission in PERMISSIONS[self.role] or (self.support is not None and permission in WITHIN_A_GRANT)


def resolve(
    staff: Sequence[StaffRow], memberships: Sequence[Granted], schools_of: Mapping[str, Sequence[str]]
) -> Access:
    """Decide role and scope.

    `staff` are all rows of the person in `users.teachers`, `memberships` those in force today, and
    `schools_of` names each district's schools. The highest role counts, with the schools that come
    with that role alone: a district admin who also teaches elsewhere does not mix the two. Raises
    Suspended where the person has staff rows and none of them is active, whatever else they hold.
    """
    active = [row for row in staff if row.status == ACTIVE and row.role in STAFF_ROLES]
    if staff and not any(row.status == ACTIVE for row in staff):
        raise Suspended
    held = {Role(m.role) for m in memberships} | {STAFF_ROLES[row.role] for row in active}
    role = next((candidate for candidate in RANK if candidate in held), None)
    teacher_id = active[0].teacher_id if active else None
    if role is None:
        return Access()
    if role is Role.SUPER_ADMIN:
        return Access(role, EVERYTHING, teacher_id)
    granted = [m for m in memberships if m.role == role]
    schools = {school for m in granted for school in (*m.school_ids, *schools_of.get(m.district_id, ()))}
    schools |= {row.school_id for row in active if STAFF_ROLES[row.role] is role}
    districts = {m.district_id for m in granted if m.district_id}
    return Access(role, Scope(tuple(sorted(schools)), tuple(sorted(districts))), teacher_id)
