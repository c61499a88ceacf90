"""Rows without what they belong to: their session, group, seat or student is gone, or the school of their session is.

Nothing of the portal leaves such rows; other services do, and the catalog has no foreign keys that would stop them.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from retention.fates import Rule
from retention.parts import in_order
from retention.schedule import SCHEDULE, rule_of

__all__ = ["orphan_rules", "orphans"]


def orphan_rules() -> list[Rule]:
    """Return the fates of tables whose rows can be orphans, parts first."""
    return in_order(rule for rule in SCHEDULE if rule.goes_with or rule.orphan_without)


def orphans(rule: Rule) -> QuerySet[Any]:
    """Return the rows of a table without a parent, and those that go with such a row; `clock` is their own moment."""
    rows: QuerySet[Any] = rule.model._default_manager.order_by()
    without = Q(pk__in=[])
    for name in (*rule.goes_with, *rule.orphan_without):
        column, parent = rule.model.reference(name)
        there = parent._default_manager.order_by().filter(pk=OuterRef(column))
        without |= Q(~Exists(there), **{f"{column}__isnull": False})
        if name in rule.goes_with and _can_be_orphans(rule_of(parent)):
            without |= Q(**{f"{column}__in": orphans(rule_of(parent)).values("pk")})
    found: QuerySet[Any] = rows.annotate(clock=F(_own_moment(rule))).filter(without)
    return found


def _can_be_orphans(rule: Rule) -> bool:
    return bool(rule.goes_with or rule.orphan_without)


def _own_moment(rule: Rule) -> str:
    """Return the column that says when a row came: its clock may be that of a session which is gone."""
    starts = rule.clock.starts if rule.clock else ""
    return starts if isinstance(starts, str) and starts and "__" not in starts else "created_at"
