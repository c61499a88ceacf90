"""What an auditor was granted, and the newest reports of the schools. No warehouse query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from audit.making.queries import Line, making_page
from classwaves_admin.accounts.models import Membership
from classwaves_admin.tenancy.scope import Scope

__all__ = ["Granted", "granted_to"]

NEWEST = 5


@dataclass(frozen=True, slots=True)
class Granted:
    """The last day of an auditor's access, None where none is set, and the newest reports."""

    until: date | None
    reports: tuple[Line, ...]


def granted_to(user_id: str, scope: Scope, today: date) -> Granted:
    """Return what an auditor's membership says and what was made for the schools."""
    held = [one for one in Membership.objects.filter(user=user_id) if one.counts_on(today)]
    ends = [one.ends_on for one in held if one.ends_on]
    _, lines = making_page(scope, user_id, cursor="")
    return Granted(max(ends, default=None), tuple(lines[:NEWEST]))
