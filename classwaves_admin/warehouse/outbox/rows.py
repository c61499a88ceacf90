"""Applies runs through Django's own querysets: SQLite and PostgreSQL, inside one transaction."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet

from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox.codec import decode, tables
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["BATCH", "JOINED", "write"]

# Entries of one transaction. It holds SQLite's one write lock, for which pages wait.
BATCH = 500
# An UPDATE of one row by its key is as quick as these engines get.
JOINED = frozenset({Operation.INSERT})


def write(run: list[OutboxEntry], *, alias: str, keep: Callable[[], None]) -> None:
    """Apply one run. Raises Django's database errors, and what `keep` raises before the statement."""
    keep()
    first = run[0]
    model = tables()[first.table]
    rows: QuerySet[CatalogModel] = QuerySet(model, using=alias)
    if first.operation == Operation.INSERT:
        others = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        rows.bulk_create(
            [model(**decode(model, entry.payload)) for entry in run],
            update_conflicts=True,
            unique_fields=[model._meta.pk.name],
            update_fields=others,
        )
    elif first.operation == Operation.UPDATE:
        rows.filter(pk=first.row_id).update(**decode(model, first.payload))
    else:
        rows.filter(pk=first.row_id).delete()
