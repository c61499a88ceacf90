"""Applies outbox entries to the warehouse: whole runs at once, idempotent, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.db import transaction
from django.db.models import QuerySet

from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox.codec import decode, tables
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

ALIAS = "warehouse"


def apply(entries: Sequence[OutboxEntry], *, keep: Callable[[], None] = lambda: None) -> None:
    """Apply `entries` in order. A second call with the same entries changes nothing.

    One transaction where the engine has them. `keep` is called before each statement and before the
    commit; what it raises ends the call. Raises Django's database errors.
    """
    with writing(), transaction.atomic(using=ALIAS):
        for run in runs(entries):
            keep()
            _apply_run(run)
        keep()


def runs(entries: Sequence[OutboxEntry]) -> Iterator[list[OutboxEntry]]:
    """Split into runs that one statement can apply: inserts into one table with distinct ids."""
    run: list[OutboxEntry] = []
    ids: set[str] = set()
    for entry in entries:
        joins = (
            run
            and entry.operation == run[0].operation == Operation.INSERT
            and entry.table == run[0].table
            and entry.row_id not in ids
        )
        if run and not joins:
            yield run
            run, ids = [], set()
        run.append(entry)
        ids.add(entry.row_id)
    if run:
        yield run


def _apply_run(run: list[OutboxEntry]) -> None:
    first = run[0]
    model = tables()[first.table]
    rows: QuerySet[CatalogModel] = QuerySet(model, using=ALIAS)
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
