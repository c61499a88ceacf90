"""Applies runs by prepared statements: SQLite and PostgreSQL, inside one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from classwaves_admin.lib.many_rows import insert_rows, update_rows
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox.codec import decode, tables
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["BATCH", "JOINED", "ROWS", "write"]

# Entries of one transaction. It holds SQLite's one write lock, for which pages wait.
BATCH = 500
# Rows of it, where entries are about many: they cost less each.
ROWS = 2_000
# An UPDATE of one row by its key is as quick as these engines get.
JOINED = frozenset({Operation.INSERT})


def write(run: list[OutboxEntry], *, alias: str, keep: Callable[[], None]) -> None:
    """Apply one run. Raises Django's database errors, and what `keep` raises before the statement."""
    keep()
    first = run[0]
    model = tables()[first.table]
    rows: QuerySet[CatalogModel] = QuerySet(model, using=alias)
    if first.verb == Operation.INSERT:
        for columns, values, shared in _tables(run):
            insert_rows(connections[alias], model, columns, values, shared=shared, replace=True)
    elif first.verb == Operation.DELETE:
        rows.filter(pk__in=first.row_ids).delete()
    elif first.is_many:
        for columns, values, shared in _tables(run):
            update_rows(connections[alias], model, columns, values, shared=shared)
    else:
        rows.filter(pk=first.row_id).update(**decode(model, first.payload))


def _tables(run: list[OutboxEntry]) -> Iterator[tuple[list[str], list[Any], dict[str, Any]]]:
    """Yield what the run writes as columns, rows and shared values: entries of one row together."""
    singles = [entry for entry in run if not entry.is_many]
    if singles:
        columns = list(singles[0].payload)
        yield columns, [[entry.payload[name] for name in columns] for entry in singles], {}
    for entry in run:
        if entry.is_many:
            yield entry.payload["columns"], entry.payload["rows"], entry.payload["shared"]
