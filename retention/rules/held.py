"""What is held of a student, table by table: what stands in which category, from which moment, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classwaves_admin.warehouse.inventory import Retention, table
from retention.fates import Rule
from retention.rules.in_force import InForce
from retention.schedule import SCHEDULE

__all__ = ["NO_ROWS", "Category", "Held", "Line", "categories", "is_plain", "moment_column", "rules_about_students"]


@dataclass(frozen=True, slots=True)
class Held:
    """What one table holds: rows of the student `alone`, and rows that other children `share`.

    `oldest` and `newest` are when the rows were made; `first` and `last` from when their days count, None where
    they have no clock of their own or it does not run.
    """

    alone: int
    shared: int
    oldest: datetime | None
    newest: datetime | None
    first: datetime | None
    last: datetime | None

    @property
    def rows(self) -> int:
        """Return how many there are in all."""
        return self.alone + self.shared


NO_ROWS = Held(0, 0, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Line:
    """One table as the page shows it: the days on which its oldest and its newest row end, or in words why none."""

    rule: Rule
    held: Held
    first_end: datetime | None
    last_end: datetime | None
    stays: str


@dataclass(frozen=True, slots=True)
class Category:
    """Tables that one period rules. `policy` is None for the roster, which no period rules."""

    kind: Retention | None
    policy: InForce | None
    lines: tuple[Line, ...]

    @property
    def rows(self) -> int:
        """Return how many rows there are in all."""
        return sum(line.held.rows for line in self.lines)


def rules_about_students() -> tuple[Rule, ...]:
    """Return the fate of every table with a path to a student, in the order of the schedule."""
    return tuple(rule for rule in SCHEDULE if table(rule.model).students)


def categories(held: Mapping[str, Held], policies: Mapping[Retention, InForce]) -> tuple[Category, ...]:
    """Return what is held by kind of data, the roster first. `held` is by table."""
    found: dict[Retention | None, list[Rule]] = {None: []}
    for rule in rules_about_students():
        found.setdefault(table(rule.model).retention, []).append(rule)
    return tuple(_category(kind, rules, held, policies.get(kind) if kind else None) for kind, rules in found.items())


def moment_column(rule: Rule) -> str:
    """Return the column that says when a row was made: that of its clock, where the clock is a column of its own."""
    if rule.clock and isinstance(rule.clock.starts, str) and "__" not in rule.clock.starts:
        return rule.clock.starts
    return "created_at"


def is_plain(rule: Rule) -> bool:
    """Tell whether the days of a row count from what stands in the row itself."""
    return rule.clock is not None and not (isinstance(rule.clock.starts, str) and "__" in rule.clock.starts)


def _category(
    kind: Retention | None, rules: Sequence[Rule], held: Mapping[str, Held], policy: InForce | None
) -> Category:
    return Category(kind, policy, tuple(_line(rule, held.get(rule.name, NO_ROWS), policy) for rule in rules))


def _line(rule: Rule, held: Held, policy: InForce | None) -> Line:
    if policy is None or held.first is None or held.last is None:
        return Line(rule, held, None, None, _why_it_stays(rule))
    days = timedelta(days=policy.periods.delete)
    return Line(rule, held, held.first + days, held.last + days, rule.clock.else_kept if rule.clock else "")


def _why_it_stays(rule: Rule) -> str:
    """Return why rows without a day of their own are still there."""
    if rule.clock is None:
        return rule.by_age.reason
    return rule.clock.else_kept or ("" if is_plain(rule) else "Ends with the session that it belongs to.")
