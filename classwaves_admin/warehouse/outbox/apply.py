"""Applies outbox entries to the warehouse: whole runs at once, idempotent, in order.

The engines differ in two things, and both are told here. SQLite and PostgreSQL take a batch in one
transaction, row by row where that is quickest (`rows`). Databricks has no transactions: each run is applied
and forgotten by itself, as one statement where it fits (`merges`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from django.db import connections, transaction

from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.outbox import merges, rows
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from classwaves_admin.warehouse.outbox.runs import runs

ALIAS = "warehouse"


class _Write(Protocol):
    """Applies one run; `rows.write` and `merges.write`."""

    def __call__(self, run: list[OutboxEntry], *, alias: str, keep: Callable[[], None]) -> None: ...


def distributed() -> bool:
    """Tell whether the warehouse is the engine without transactions, on which a statement is dear."""
    return connections[ALIAS].vendor == "databricks"


def batch_size() -> int:
    """Return how many entries to read at once."""
    return merges.BATCH if distributed() else rows.BATCH


def most_rows() -> int:
    """Return how many rows these entries may be about."""
    return merges.ROWS if distributed() else rows.ROWS


def steps(entries: Sequence[OutboxEntry]) -> list[list[OutboxEntry]]:
    """Return `entries` as what arrives together or not at all: each is one call of `apply`, in order."""
    return runs(entries, merges.JOINED) if distributed() else [list(entries)]


def apply(entries: Sequence[OutboxEntry], *, keep: Callable[[], None] = lambda: None) -> None:
    """Apply `entries` in order. A second call with the same entries changes nothing.

    One transaction where the engine has them. `keep` is called before each statement and before the
    commit; what it raises ends the call. Raises Django's database errors.
    """
    with writing():
        if distributed():
            for run in runs(entries, merges.JOINED):
                _apply_run(run, keep)
        else:
            with transaction.atomic(using=ALIAS):
                for run in runs(entries, rows.JOINED):
                    _apply_run(run, keep)
                keep()


def _apply_run(run: list[OutboxEntry], keep: Callable[[], None]) -> None:
    write: _Write = merges.write if distributed() else rows.write
    write(run, alias=ALIAS, keep=keep)
