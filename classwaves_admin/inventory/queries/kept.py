"""How long data stay at the schools that somebody looks at: the policy in force of one, the range of several."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS
from retention.queries.policies import read_policies
from retention.queries.standards import standards_at
from retention.words import SOURCES

__all__ = ["Kept", "kept_at"]


@dataclass(frozen=True, slots=True)
class Kept:
    """How long one kind of data stays: days until it is destroyed, the fewest and the most of all schools."""

    label: str
    fewest: int
    most: int
    clock: str
    basis: str
    source: str

    @property
    def words(self) -> str:
        """Return the days in words."""
        if self.fewest == self.most:
            return f"{self.most:,} days"
        return f"{self.fewest:,} to {self.most:,} days"


def kept_at(school_ids: Collection[str]) -> Mapping[Retention, Kept]:
    """Return how long each kind stays: the portal's defaults without a school, else two warehouse queries.

    One more now and then, to learn of which districts the schools are.
    """
    if not school_ids:
        return {kind: _default(kind) for kind in Retention}
    standards = standards_at(school_ids)
    held = [read.under(standards.get(school_id, {})).held for school_id, read in read_policies(school_ids).items()]
    found = {}
    for kind in Retention:
        days = [one[kind].periods.delete for one in held]
        sources = dict.fromkeys(SOURCES[one[kind].source] for one in held)
        source = next(iter(sources)) if len(sources) == 1 else "Differs by school"
        bases = dict.fromkeys(one[kind].basis for one in held)
        basis = next(iter(bases)) if len(bases) == 1 else "Differs by school"
        found[kind] = Kept(DEFAULTS[kind].label, min(days), max(days), DEFAULTS[kind].clock, basis, source)
    return found


def _default(kind: Retention) -> Kept:
    says = DEFAULTS[kind]
    return Kept(says.label, says.periods.delete, says.periods.delete, says.clock, says.basis, "Default of ClassWaves")
