"""When a support grant counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classwaves_admin.accounts.access import Access, Support
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, WITHIN_A_GRANT, Role
from classwaves_admin.accounts.support.rules import GrantState, state_of_grant

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = {"starts_at": NOON - HOUR, "ends_at": NOON + HOUR}


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, GrantState.ASKED),
        ({"asked_at": NOON - timedelta(days=7)}, GrantState.LAPSED),
        ({"declined_at": NOON}, GrantState.DECLINED),
        (OPEN, GrantState.RUNNING),
        (OPEN | {"starts_at": NOON}, GrantState.RUNNING),
        (OPEN | {"ends_at": NOON}, GrantState.OVER),
        (OPEN | {"ended_at": NOON}, GrantState.ENDED),
    ],
)
def test_what_a_grant_is_worth(given: dict[str, Any], state: GrantState) -> None:
    """It counts from its first instant up to its last, which is left out, unless somebody ends it."""
    nothing: dict[str, Any] = dict.fromkeys(("declined_at", "starts_at", "ends_at", "ended_at"))
    assert state_of_grant(**nothing | {"asked_at": NOON - HOUR} | given, now=NOON) is state


def test_only_classwaves_gains_by_a_grant_and_never_a_key() -> None:
    """A grant adds the office's permissions to who holds a role, without keys, which would outlive it."""
    support = Support("g", "d", "District", NOON)
    assert Access(Role.SUPER_ADMIN, support=support).may(Permission.SEE_STUDENTS)
    assert not Access(Role.SUPER_ADMIN).may(Permission.SEE_STUDENTS)
    assert not Access(Role.SUPER_ADMIN, support=support).may(Permission.MANAGE_KEYS)
    assert not Access(Role.SUPER_ADMIN, support=support).may(Permission.GRANT_SUPPORT)
    assert not Access(support=support).may(Permission.SEE_STUDENTS)
    assert PERMISSIONS[Role.DISTRICT_ADMIN] > WITHIN_A_GRANT
