"""Where the live catalog differs from what the inventory declares, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from classwaves_admin.warehouse.catalog.drift import Drift, Kind

# What holds data that nobody has classified: no copy, deletion, retention or report knows of it.
UNCLASSIFIED = frozenset({Kind.EXTRA_TABLE, Kind.EXTRA_COLUMN})
_SAID: Mapping[Kind, str] = {
    Kind.EXTRA_TABLE: "The catalog has a table that the inventory does not know.",
    Kind.EXTRA_COLUMN: "The catalog has a column without a privacy class.",
    Kind.MISSING_TABLE: "The inventory declares a table that the catalog does not have.",
    Kind.MISSING_COLUMN: "The inventory declares a column that the catalog does not have.",
    Kind.TYPE: "The catalog holds the column as another type than declared.",
    Kind.NULLABILITY: "The catalog and the inventory disagree on whether the column may be empty.",
}
_TO_DO: Mapping[Kind, str] = {
    Kind.EXTRA_TABLE: (
        "Ask the service that made it what it holds. Then declare its model and a class for each column in"
        " warehouse/inventory/, or have the table removed. Until then no deletion reaches its rows."
    ),
    Kind.EXTRA_COLUMN: (
        "Ask the service that made it what it holds. Then give it a class in warehouse/inventory/, or have the column"
        " removed. Until then copies and reports leave it out; a deletion takes it with its row."
    ),
    Kind.MISSING_TABLE: "An operator runs manage.py catalog create, which makes what is missing.",
    Kind.MISSING_COLUMN: "An operator runs manage.py catalog create, which makes what is missing.",
    Kind.TYPE: "Agree with the service that writes it, then change the one that is wrong.",
    Kind.NULLABILITY: "Agree with the service that writes it, then change the one that is wrong.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: where it is, what is declared and what the catalog has; the last two may be empty."""

    kind: Kind
    table: str
    column: str = ""
    expected: str = ""
    live: str = ""

    @property
    def where(self) -> str:
        """Return the name of the table or the column."""
        return f"{self.table}.{self.column}" if self.column else self.table

    @property
    def is_unclassified(self) -> bool:
        """Tell whether the catalog holds data here that nobody has classified."""
        return self.kind in UNCLASSIFIED

    @property
    def words(self) -> str:
        """Return what was found, in one sentence."""
        return _SAID[self.kind]

    @property
    def to_do(self) -> str:
        """Return what to do about it."""
        return _TO_DO[self.kind]

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return the finding that `as_json` wrote."""
        return cls(Kind(kept["kind"]), *(str(kept[name]) for name in ("table", "column", "expected", "live")))


def findings(drifts: Iterable[Drift]) -> list[Finding]:
    """Return what was found, unclassified data first."""
    found = [Finding(one.kind, one.table, one.column, one.expected, one.live) for one in drifts]
    return sorted(found, key=lambda one: (not one.is_unclassified, one.table, one.column))
