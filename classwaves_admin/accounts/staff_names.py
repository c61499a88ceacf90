"""Names of staff for pages that say who did something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from classwaves_admin.accounts.models import User
from classwaves_admin.warehouse.models import Teacher

__all__ = ["staff_names"]


def staff_names(people: Iterable[str]) -> Mapping[str, str]:
    """Return the names of staff by the id of an actor, blank ids aside: at most one query to the warehouse."""
    ids = sorted({person for person in people if person})
    if not ids:
        return {}
    names = dict(Teacher.objects.filter(id__in=ids).values_list("id", "name"))
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} | names
