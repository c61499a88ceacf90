"""What the people page says that a role may do."""

from __future__ import annotations

import pytest

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import Role
from classwaves_admin.people.rules.roles import may_do

STRONGEST = (Permission.DELETE_CHILD, Permission.MANAGE_HOLDS, Permission.SEE_REQUESTS, Permission.ANSWER_REQUESTS)


@pytest.mark.parametrize("role", Role)
def test_deletions_and_holds_stand_in_words_of_their_own(role: Role) -> None:
    """Who may delete a child's data, hold it or read a request is told so by name; auditors and teachers may not."""
    said = may_do(role)
    for permission in STRONGEST:
        assert (permission.label in said) is (role in {Role.DISTRICT_ADMIN, Role.SCHOOL_ADMIN})
