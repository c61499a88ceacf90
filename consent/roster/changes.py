"""What differs between the roster and the rows that are there, and the writes that settle it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import gateway
from consent.roster.tally import Kept, Outcome, Tally

Row = TypeVar("Row", bound=CatalogModel)


@dataclass(slots=True)
class Changes:
    """Writes for the catalog that are decided but not made yet."""

    now: datetime
    tally: Tally = field(default_factory=Tally)
    inserts: list[CatalogModel] = field(default_factory=list)
    updates: list[tuple[type[CatalogModel], str, dict[str, Any]]] = field(default_factory=list)

    def add(self, kind: Kept, row: CatalogModel) -> None:
        """Note a new row."""
        self.tally.count(kind, Outcome.ADDED)
        self.inserts.append(row)

    def settle(self, kind: Kept, row: CatalogModel, wanted: dict[str, Any]) -> bool:
        """Note an update of what differs in an existing row; tell whether anything does."""
        differing = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        self.tally.count(kind, Outcome.CHANGED if differing else Outcome.UNCHANGED)
        if differing:
            self.updates.append((type(row), str(row.pk), differing | {"updated_at": self.now}))
        return bool(differing)

    def write(self) -> None:
        """Hand all to the gateway, in the caller's transaction."""
        if self.inserts:
            gateway.insert(*self.inserts)
        for model, pk, values in self.updates:
            gateway.update(model, pk, **values)


def by_id(model: type[Row], ids: Collection[str]) -> dict[str, Row]:
    """Return the rows with these ids that exist."""
    return {str(row.pk): row for row in model._default_manager.filter(pk__in=list(ids))}
