"""The one door for writes to the warehouse.

An action puts its row changes and its audit event here inside one transaction on `default`. After the
commit they are applied to the warehouse in that order. See docs/architecture.md, "One write path".
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Q

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import codec, delivery
from classwaves_admin.warehouse.outbox.apply import distributed
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = [
    "OutsideTransaction",
    "delete",
    "delete_many",
    "delivered_together",
    "insert",
    "insert_all",
    "insert_many",
    "pending",
    "update",
    "update_many",
]

logger = logging.getLogger(__name__)
_current = threading.local()

# How long a request waits for another process that is delivering, or delivers itself, in seconds.
PATIENCE = 2.0
PAUSE = 0.05
# Rows of one entry: a warehouse's refusal holds back all of them.
MOST_ROWS = 500
LOG = "compliance.audit_log"
# Tables of the machine room: nobody waits for a row of theirs.
OPERATIONS = ("operational.background_jobs", "operational.api_metrics", "operational.system_events")
# The worker comes by every ten seconds (settings.py); a row of the log that waits longer is in trouble.
FRESH = timedelta(seconds=30)


class OutsideTransaction(RuntimeError):
    """A write without a transaction on `default`: the row change and its audit event could part."""


def insert(*rows: CatalogModel) -> None:
    """Write whole rows, each new or in place of the one with its id.

    Raises OutsideTransaction, and ValidationError for a value that its column cannot hold.
    """
    _put(
        [
            OutboxEntry(
                table=row._meta.db_table,
                row_id=str(row.pk),
                operation=Operation.INSERT,
                payload=codec.encode(type(row), codec.row_values(row)),
            )
            for row in rows
        ]
    )


def update(model: type[CatalogModel], pk: str, **values: Any) -> None:
    """Set `values` on one row; columns that are not named stay as they are.

    Values are absolute, so that a second delivery changes nothing. Raises as `insert`.
    """
    payload = codec.encode(model, values)
    _put([OutboxEntry(table=model._meta.db_table, row_id=pk, operation=Operation.UPDATE, payload=payload)])


def delete(model: type[CatalogModel], pk: str) -> None:
    """Remove one row. Raises OutsideTransaction."""
    _put([OutboxEntry(table=model._meta.db_table, row_id=pk, operation=Operation.DELETE)])


def insert_many(
    model: type[CatalogModel], columns: Sequence[str], rows: Sequence[Sequence[Any]], **shared: Any
) -> None:
    """Write many whole rows of one table, as `insert` does, by an entry for each 500.

    `columns` are attribute names, the key first; each row has a value for each of them, and `shared` what
    all rows have alike. Raises as `insert`, and ValueError for a column of the table that is left out.
    """
    if missing := {field.attname for field in model._meta.concrete_fields} - {*columns, *shared}:
        raise ValueError(f"Whole rows have a value for {', '.join(sorted(missing))}.")
    _put_many(Operation.INSERT_MANY, model, columns, rows, shared)


def insert_all(rows: Sequence[CatalogModel]) -> None:
    """Write many whole rows of one table, given as objects, as `insert_many` does. Raises as `insert`."""
    if rows:
        model = type(rows[0])
        columns = [model._meta.pk.attname, *(f.attname for f in model._meta.concrete_fields if not f.primary_key)]
        insert_many(model, columns, [[getattr(row, name) for name in columns] for row in rows])


def update_many(
    model: type[CatalogModel], columns: Sequence[str], rows: Sequence[Sequence[Any]], **shared: Any
) -> None:
    """Set the same columns on many rows, as `update` does; the first of `columns` is the key. Raises as `update`."""
    _put_many(Operation.UPDATE_MANY, model, columns, rows, shared)


def delete_many(model: type[CatalogModel], pks: Sequence[str]) -> None:
    """Remove many rows. Raises OutsideTransaction."""
    _put_many(Operation.DELETE_MANY, model, [str(model._meta.pk.attname)], [[pk] for pk in pks], {})


def pending() -> bool:
    """Tell whether changes wait, so that a page can say that they will appear shortly.

    Fresh rows of the log and of the machine room do not count: they are on their way to a page that nobody has open.
    """
    fresh = Q(table__in=(LOG, *OPERATIONS), attempts=0, stuck_at=None, created_at__gt=now() - FRESH)
    return OutboxEntry.objects.exclude(fresh).exists()


@contextmanager
def delivered_together() -> Iterator[None]:
    """Deliver what the transactions of the block wrote at its end, instead of after each: for work in many steps.

    Each delivery costs the `default` database five commits.
    """
    outer = getattr(_current, "together", False)
    _current.together = True
    try:
        yield
    finally:
        _current.together = outer
        if not outer and OutboxEntry.objects.filter(stuck_at=None).exists():
            delivery.deliver(for_seconds=PATIENCE)


def _put_many(
    operation: Operation,
    model: type[CatalogModel],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    shared: Mapping[str, Any],
) -> None:
    parts = [rows[start : start + MOST_ROWS] for start in range(0, len(rows), MOST_ROWS)]
    _put(
        [
            OutboxEntry(
                table=model._meta.db_table,
                row_id=str(part[0][0]),
                operation=operation,
                payload=codec.encode_many(model, columns, part, shared),
            )
            for part in parts
        ]
    )


def _put(entries: list[OutboxEntry]) -> None:
    if not connections["default"].in_atomic_block:
        raise OutsideTransaction("Write to the warehouse inside transaction.atomic(), together with the audit event.")
    if not entries:
        return
    # A unit left over from a rolled-back transaction is reused: that transaction has no entries.
    unit = getattr(_current, "unit", None) or new_id()
    _current.unit = unit
    for entry in entries:
        entry.unit = unit
    OutboxEntry.objects.bulk_create(entries, batch_size=500)
    transaction.on_commit(lambda: _after_commit(unit), robust=True)


def _after_commit(unit: str) -> None:
    """Deliver at once, so that people read their own writes; what fails stays for the worker.

    So does, on the engine where a statement is dear, a unit of the log or the machine room alone, such as "page
    viewed": its MERGE would take half of the page's time.
    """
    if getattr(_current, "together", False):
        _current.unit = None
        return
    if getattr(_current, "unit", None) != unit:  # each call of the gateway asked for this; the first one did it all
        return
    _current.unit = None
    waiting = OutboxEntry.objects.filter(unit=unit, stuck_at=None)
    if distributed() and not waiting.exclude(table__in=(LOG, *OPERATIONS)).exists():
        return
    deadline = time.monotonic() + PATIENCE
    while delivery.deliver(for_seconds=PATIENCE).busy and time.monotonic() < deadline:
        time.sleep(PAUSE)
        if not waiting.exists():
            return
