"""What a change of a policy asks of people: a reason, and above a number of rows a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, Periods
from retention.rules.in_force import InForce
from retention.rules.policies import is_shorter

# How far ahead the numbers of a change look, in days.
AHEAD = (0, 30, 90)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says."""

    periods: Periods
    basis: str
    auto_delete: bool

    @classmethod
    def of(cls, held: InForce) -> Self:
        """Return what holds now."""
        return cls(held.periods, held.basis, held.auto_delete)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return the terms that `as_json` wrote."""
        return cls(Periods(**kept["periods"]), kept["basis"], kept["auto_delete"])

    def as_json(self) -> dict[str, Any]:
        """Return the terms as JSON takes them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Count:
    """What one table would lose: rows past their end today, in 30 and in 90 days, and those of them that stay.

    `rows` are all whose days run, `already` those past the end of the policy as it is. `archive` counts as
    `delete` does, without what is deleted by then. `oldest` and `newest` are moments in ISO 8601, empty where
    nothing is due today. `kept` is the number of rows by the reason why they stay.
    """

    table: str
    rows: int
    delete: tuple[int, ...]
    archive: tuple[int, ...]
    already: int
    oldest: str
    newest: str
    kept: Mapping[str, int]


def needs_reason(before: Terms, after: Terms) -> bool:
    """Tell whether the person has to say why: data would go sooner, or by themselves from now on."""
    return is_shorter(before.periods, after.periods) or (after.auto_delete and not before.auto_delete)


def rows_at_once(counts: tuple[Count, ...]) -> int:
    """Return how many rows more would be past their end today."""
    return sum(max(count.delete[0] - count.already, 0) for count in counts)


def needs_second_person(before: Terms, after: Terms, counts: tuple[Count, ...], most: int) -> bool:
    """Tell whether another administrator has to confirm: more than `most` rows would be past their end at once."""
    return needs_reason(before, after) and rows_at_once(counts) > most


def days_of_school(held: Mapping[Retention, InForce]) -> int:
    """Return what `users.schools.data_retention_days` says: after how many days the last of a student's data is gone.

    Proofs (the audit log, consents, age records) stay longer and are not what a school means by it.
    """
    return max(one.periods.delete for kind, one in held.items() if DEFAULTS[kind].under_13 is not None)
