"""What goes along when a row goes, and the order in which tables are emptied: parts first, what they belong to last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from classwaves_admin.warehouse.models import Participant
from classwaves_admin.warehouse.models._base import CatalogModel
from retention.fates import Rule
from retention.schedule import SCHEDULE

__all__ = ["in_order", "parts_of"]


@cache
def parts_of(model: type[CatalogModel]) -> tuple[tuple[Rule, str], ...]:
    """Return the tables whose rows go with a row of this one, each with the column that names it."""
    return tuple(
        (rule, column)
        for rule in SCHEDULE
        for column, owner in map(rule.model.reference, rule.goes_with)
        if owner is model
    )


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules with those of all their parts: each once, and behind its parts."""
    found: dict[str, Rule] = {}
    for rule in rules:
        for one in _behind_its_parts(rule):
            found.setdefault(one.name, one)
    return list(found.values())


def _behind_its_parts(rule: Rule) -> Iterator[Rule]:
    # Seats last: they tell which child the other parts are about, and a hold on a child may come at any time.
    for part, _ in sorted(parts_of(rule.model), key=lambda one: one[0].model is Participant):
        yield from _behind_its_parts(part)
    yield rule
