"""Who may change whose access, and what a role may do in words. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

from classwaves_admin.accounts.access import RANK, STAFF_ROLES, Access
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, Role

# What `users.teachers` says, and what the portal lets people choose: `super_admin` there is ClassWaves' own.
STAFF_CHOICES = {"teacher": Role.TEACHER, "admin": Role.SCHOOL_ADMIN}
STATES = {"active": "Active", "suspended": "Suspended", "deactivated": "Left"}


class Granted(Protocol):
    """What a membership gives."""

    role: str
    district_id: str
    school_ids: list[str]


class Refusal(StrEnum):
    """Why a person's access stays as it is."""

    OWN_LAST = "You are the last administrator here: let somebody else be one first."
    NOT_YOURS = "This access reaches further than yours, so it is not yours to change."
    NOT_ANY_MORE = "Your own access was changed meanwhile. Nothing was done."
    ENDED = "Ended access needs a new invitation."
    CLASSWAVES = "ClassWaves itself keeps this role."
    OF_SCHOOL = "The school and its district decide about their own staff."


def may_do(role: Role) -> list[str]:
    """Return in words what a role may do."""
    return [permission.label for permission in Permission if permission in PERMISSIONS[role]]


def may_change_staff(access: Access, role: str) -> Refusal | None:
    """Return why this person may not change a row of `users.teachers` with this role, or None.

    ClassWaves never does: what it gave would be a way to student data without a grant, or after one.
    """
    if role not in STAFF_CHOICES:
        return Refusal.CLASSWAVES
    return Refusal.OF_SCHOOL if access.role is Role.SUPER_ADMIN else None


def may_change_membership(access: Access, held: Granted) -> Refusal | None:
    """Return why this person may not change a membership, or None.

    One that reaches beyond their own schools is not theirs. ClassWaves changes district administrators alone: who
    audits a district is the district's to say.
    """
    if held.role == Role.SUPER_ADMIN:
        return Refusal.CLASSWAVES
    if not access.may(Permission.MANAGE_PEOPLE):
        return Refusal.NOT_YOURS
    if access.role is Role.SUPER_ADMIN:
        return None if held.role == Role.DISTRICT_ADMIN else Refusal.NOT_YOURS
    if held.district_id:
        return None if held.district_id in (access.scope.districts or ()) else Refusal.NOT_YOURS
    return None if set(held.school_ids) <= set(access.scope.schools or ()) else Refusal.NOT_YOURS


def invitable(access: Access) -> tuple[Role, ...]:
    """Return the roles to which this person may invite.

    ClassWaves makes a district's administrators, who are told of each other, and nobody else: an account that it
    made elsewhere in a district would be a way to student data without a grant.
    """
    if not access.may(Permission.MANAGE_PEOPLE):
        return ()
    return {
        Role.SUPER_ADMIN: (Role.DISTRICT_ADMIN,),
        Role.DISTRICT_ADMIN: (Role.DISTRICT_ADMIN, Role.SCHOOL_ADMIN, Role.TEACHER, Role.AUDITOR),
        Role.SCHOOL_ADMIN: (Role.SCHOOL_ADMIN, Role.TEACHER, Role.AUDITOR),
    }.get(access.role or Role.TEACHER, ())


def higher_of(held: str, given: str) -> str:
    """Return the higher of two roles of `users.teachers`; a word that names no role gives way."""
    known = [role for role in (held, given) if role in STAFF_ROLES]
    return min(known, key=lambda role: (RANK.index(STAFF_ROLES[role]), role != held), default=given)


def is_own_last(*, own: bool, lowers: bool, others: Collection[str]) -> bool:
    """Tell whether somebody would lower or end their own access as the last administrator."""
    return own and lowers and not others
