"""Changes of policies as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib import keyset
from retention.models import ChangeState, PolicyChange

PAGE_SIZE = 50


def open_changes(school_id: str) -> list[PolicyChange]:
    """Return the changes of a school that nobody has decided, oldest first."""
    return list(PolicyChange.objects.filter(school_id=school_id, state=ChangeState.OPEN).order_by("asked_at", "id"))


def changes_waiting(school: str) -> QuerySet[PolicyChange]:
    """Return the counted changes of a school, or of all in scope, that wait for somebody to make or drop them.

    Parts of a district's change and of a school's move are decided there.
    """
    rows = PolicyChange.objects.filter(state=ChangeState.OPEN, counted_at__isnull=False, of_district=None, of_move=None)
    return (rows.filter(school_id=school) if school else rows).order_by("asked_at", "id")


def history_page(school_id: str, policy_type: str, cursor: str) -> keyset.Page[PolicyChange]:
    """Return a page of what was asked of a policy, newest first. Raises BadCursor."""
    rows = PolicyChange.objects.filter(school_id=school_id, policy_type=policy_type)
    return keyset.page(rows, order=("-asked_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def people_of(changes: Iterable[PolicyChange]) -> Mapping[str, str]:
    """Return the names of those who asked and decided, by id: one query to the warehouse."""
    return staff_names(person for one in changes for person in (one.asked_by, one.decided_by))
