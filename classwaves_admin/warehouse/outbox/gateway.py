"""The one door for writes to the warehouse.

An action puts its row changes and its audit event here inside one transaction on `default`. After the
commit they are applied to the warehouse in that order. See docs/architecture.md, "One write path".
"""

from __future__ import annotations

import logging
import threading
import time
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

__all__ = ["OutsideTransaction", "delete", "insert", "pending", "update"]

logger = logging.getLogger(__name__)
_current = threading.local()

# How long a request waits for another process that is delivering, or delivers itself, in seconds.
PATIENCE = 2.0
PAUSE = 0.05
LOG = "compliance.audit_log"
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


def pending() -> bool:
    """Tell whether changes wait, so that a page can say that they will appear shortly.

    Fresh rows of the log do not count: they are on their way to a page that nobody has open.
    """
    fresh = Q(table=LOG, attempts=0, stuck_at=None, created_at__gt=now() - FRESH)
    return OutboxEntry.objects.exclude(fresh).exists()


def _put(entries: list[OutboxEntry]) -> None:
    if not connections["default"].in_atomic_block:
        raise OutsideTransaction("Write to the warehouse inside transaction.atomic(), together with the audit event.")
    # A unit left over from a rolled-back transaction is reused: that transaction has no entries.
    unit = getattr(_current, "unit", None) or new_id()
    _current.unit = unit
    for entry in entries:
        entry.unit = unit
    OutboxEntry.objects.bulk_create(entries, batch_size=500)
    transaction.on_commit(lambda: _after_commit(unit), robust=True)


def _after_commit(unit: str) -> None:
    """Deliver at once, so that people read their own writes; what fails stays for the worker.

    So does, on the engine where a statement is dear, a unit of the log alone, such as "page viewed": its MERGE
    would take half of the page's time.
    """
    _current.unit = None
    waiting = OutboxEntry.objects.filter(unit=unit, stuck_at=None)
    if distributed() and not waiting.exclude(table=LOG).exists():
        return
    deadline = time.monotonic() + PATIENCE
    while waiting.exists():
        outcome = delivery.deliver(for_seconds=PATIENCE)
        if not outcome.busy or time.monotonic() >= deadline:
            return
        time.sleep(PAUSE)
