"""Who gets which role and scope, by table."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from classwaves_admin.accounts.access import Access, StaffRow, Suspended, resolve
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, Role
from classwaves_admin.tenancy.scope import EVERYTHING, NOTHING, Scope


@dataclass
class Held:
    """A membership in force."""

    role: str
    district_id: str = ""
    school_ids: list[str] = field(default_factory=list)


SCHOOLS_OF = {"d-1": ["s-1", "s-2"], "d-2": ["s-3"]}


def staff(role: str = "teacher", status: str = "active", school: str = "s-1") -> StaffRow:
    """Return one row of `users.teachers`."""
    return StaffRow("t-1", school, role, status)


CASES = [
    ("nobody", [], [], Access()),
    ("a teacher", [staff()], [], Access(Role.TEACHER, Scope(("s-1",)), "t-1")),
    ("a school admin", [staff("admin")], [], Access(Role.SCHOOL_ADMIN, Scope(("s-1",)), "t-1")),
    (
        "super_admin in users.teachers reaches no further than the school",
        [staff("super_admin")],
        [],
        Access(Role.SCHOOL_ADMIN, Scope(("s-1",)), "t-1"),
    ),
    ("a role that another service invented", [staff("janitor")], [], Access()),
    (
        "an admin of two schools",
        [staff("admin"), staff("admin", school="s-9")],
        [],
        Access(Role.SCHOOL_ADMIN, Scope(("s-1", "s-9")), "t-1"),
    ),
    (
        "admin here, teacher there: only the admin's school",
        [staff("admin"), staff("teacher", school="s-9")],
        [],
        Access(Role.SCHOOL_ADMIN, Scope(("s-1",)), "t-1"),
    ),
    (
        "active here, suspended there",
        [staff("admin", "suspended", "s-9"), staff("teacher")],
        [],
        Access(Role.TEACHER, Scope(("s-1",)), "t-1"),
    ),
    (
        "a district admin",
        [],
        [Held("district_admin", "d-1")],
        Access(Role.DISTRICT_ADMIN, Scope(("s-1", "s-2"), ("d-1",))),
    ),
    (
        "a district admin who teaches elsewhere",
        [staff(school="s-9")],
        [Held("district_admin", "d-1")],
        Access(Role.DISTRICT_ADMIN, Scope(("s-1", "s-2"), ("d-1",)), "t-1"),
    ),
    (
        "a district without schools",
        [],
        [Held("district_admin", "d-9")],
        Access(Role.DISTRICT_ADMIN, Scope((), ("d-9",))),
    ),
    ("an auditor of one school", [], [Held("auditor", "", ["s-3"])], Access(Role.AUDITOR, Scope(("s-3",)))),
    ("a super admin", [], [Held("super_admin")], Access(Role.SUPER_ADMIN, EVERYTHING)),
]


@pytest.mark.parametrize(("who", "rows", "memberships", "expected"), CASES, ids=[case[0] for case in CASES])
def test_role_and_scope(who: str, rows: list[StaffRow], memberships: list[Held], expected: Access) -> None:
    """Staff rows and memberships together give the highest role, with that role's schools alone."""
    assert resolve(rows, memberships, SCHOOLS_OF) == expected


@pytest.mark.parametrize("status", ["suspended", "deactivated", "on leave", ""])
@pytest.mark.parametrize("memberships", [[], [Held("super_admin")]])
def test_a_suspended_person_is_out_whatever_else_they_hold(status: str, memberships: list[Held]) -> None:
    """Any status but active ends access, because another service may write words that we do not know."""
    with pytest.raises(Suspended):
        resolve([staff(status=status)], memberships, SCHOOLS_OF)


def test_without_a_role_nothing_is_allowed_and_nothing_is_in_scope() -> None:
    """Someone of a school's domain who has no row yet sees no data."""
    assert not any(Access().may(permission) for permission in Permission)
    assert Access().scope == NOTHING


def test_a_teacher_sees_the_consent_state_and_no_student_record() -> None:
    """Least privilege: teachers learn who may be recorded, and nothing else of a student."""
    assert PERMISSIONS[Role.TEACHER] == {Permission.SEE_CONSENT_STATE, Permission.SEE_OWN_ACCOUNT}


def test_every_role_is_mapped_and_every_permission_is_held_by_someone() -> None:
    """A new role or permission cannot be forgotten in the map."""
    assert set(PERMISSIONS) == set(Role)
    assert set().union(*PERMISSIONS.values()) == set(Permission)
