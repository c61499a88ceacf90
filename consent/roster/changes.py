"""What differs between the roster and the rows that are there, the writes that settle it, and what undoes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections

from classwaves_admin.lib.many_rows import insert_rows, update_rows
from classwaves_admin.warehouse.outbox import gateway
from consent.roster.tables import TABLES, Table, Values, plain, plain_row
from consent.roster.tally import Outcome, Tally


class Changed(NamedTuple):
    """A row that is there, with what differs: before and after, by column."""

    id: str
    before: Values
    after: Values


@dataclass(slots=True)
class RowChanges:
    """The changes of one table: whole new rows, changed columns, removed rows. `shared` is alike in all new rows."""

    table: Table
    added: list[Sequence[Any]] = field(default_factory=list)
    shared: Values = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)
    removed: list[Sequence[Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def write(self, now: datetime) -> None:
        """Make the writes, in the caller's transaction: through the gateway where the table is the catalog's."""
        stamp = {"updated_at": now} if self.table.has_updated_at else {}
        if self.added:
            self._insert(self.table.columns, self.added, self.shared)
        for columns, rows in self._by_columns():
            self._update((self.table.key, *columns), rows, stamp)
        if self.removed:
            self._delete([row[0] for row in self.removed])

    def kept(self) -> dict[str, Any]:
        """Return the changes as JSON, for undoing."""
        return {
            "columns": list(self.table.columns),
            "added": [plain_row(row) for row in self.added],
            "shared": {name: plain(value) for name, value in self.shared.items()},
            "changed": [[one.id, _plain(one.before), _plain(one.after)] for one in self.changed],
            "removed": [plain_row(row) for row in self.removed],
        }

    def _by_columns(self) -> Iterator[tuple[tuple[str, ...], list[list[Any]]]]:
        """Yield rows of the same changed columns together: a column that does not differ is never written."""
        groups: dict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
        for one in self.changed:
            groups[tuple(one.after)].append([one.id, *one.after.values()])
        yield from groups.items()

    def _insert(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], shared: Values) -> None:
        if self.table.in_catalog:
            gateway.insert_many(self.table.model, columns, rows, **shared)  # type: ignore[arg-type]  # in_catalog
        else:
            insert_rows(connections["default"], self.table.model, columns, rows, shared=shared)

    def _update(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], stamp: Values) -> None:
        if self.table.in_catalog:
            gateway.update_many(self.table.model, columns, rows, **stamp)  # type: ignore[arg-type]  # in_catalog
        else:
            update_rows(connections["default"], self.table.model, columns, rows, shared=stamp)

    def _delete(self, ids: list[str]) -> None:
        if self.table.in_catalog:
            gateway.delete_many(self.table.model, ids)  # type: ignore[arg-type]  # in_catalog
        else:
            self.table.model._default_manager.filter(pk__in=ids).delete()


class Told(NamedTuple):
    """One line of the comparison that a person reads before applying."""

    kind: str
    name: str
    details: list[tuple[str, str, str]]


@dataclass(slots=True)
class Changes:
    """All changes of one part, decided but not made yet. `told` is filled where a person will read it."""

    now: datetime
    district: str
    tells: bool = False
    tally: Tally = field(default_factory=Tally)
    tables: dict[str, RowChanges] = field(default_factory=dict)
    students: set[str] = field(default_factory=set)
    # The students of the part of whom the catalog or an earlier roster knows.
    known: set[str] = field(default_factory=set)
    turned: dict[str, bool] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    # The new address of each guardian who gets one.
    moved: dict[str, str] = field(default_factory=dict)
    # Guardians whose links die, and (guardian, student) pairs and students whose open requests are called back.
    closed_guardians: set[str] = field(default_factory=set)
    closed_pairs: set[tuple[str, str]] = field(default_factory=set)
    closed_students: set[str] = field(default_factory=set)

    def of(self, table: Table) -> RowChanges:
        """Return the changes of a table."""
        return self.tables.setdefault(table.name, RowChanges(table))

    def add(self, table: Table, rows: Iterable[Sequence[Any]], **shared: Any) -> None:
        """Note new rows with what they share; the shared values of a table are the same in the whole part."""
        changes = self.of(table)
        before = len(changes.added)
        changes.added.extend(rows)
        changes.shared = shared
        if table.kind:
            self.tally.count(table.kind, Outcome.ADDED, len(changes.added) - before)

    def settle(self, table: Table, row: Values, wanted: Mapping[str, Any]) -> Changed | None:
        """Note an update of what differs in an existing row, and return it."""
        after = {name: value for name, value in wanted.items() if row[name] != value}
        if table.kind:
            self.tally.count(table.kind, Outcome.CHANGED if after else Outcome.UNCHANGED)
        if not after:
            return None
        changed = Changed(row[table.key], {name: row[name] for name in after}, after)
        self.of(table).changed.append(changed)
        return changed

    def remove(self, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        """Note rows that go, given whole."""
        changes = self.of(table)
        before = len(changes.removed)
        changes.removed.extend(rows)
        if table.kind:
            self.tally.count(table.kind, Outcome.ENDED, len(changes.removed) - before)

    def tell(self, kind: str, name: str, details: Iterable[tuple[str, Any, Any]] = ()) -> None:
        """Note a line for the person who decides."""
        if self.tells:
            self.told.append(Told(kind, name, [(column, _words(old), _words(new)) for column, old, new in details]))

    def write(self) -> list[RowChanges]:
        """Make all writes, in the caller's transaction, and return those of tables in which anything changed."""
        made = [self.tables[name] for name in TABLES if self.tables.get(name)]
        for changes in made:
            changes.write(self.now)
        return made


def _plain(values: Values) -> Values:
    return {name: plain(value) for name, value in values.items()}


def _words(value: Any) -> str:
    return "" if value is None else str(value)
