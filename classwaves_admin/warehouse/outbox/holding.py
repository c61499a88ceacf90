"""Holds a row of the catalog while an action compares it with what a person saw.

The catalog has no locks, and a change is applied after the commit. So a second person could read a row that the
first one's change has not reached yet, and write over it.
"""

from __future__ import annotations

import hashlib

from django.db import connections
from django.db.models import Q

from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["OnItsWay", "hold"]

_MANY = (Operation.INSERT_MANY, Operation.UPDATE_MANY, Operation.DELETE_MANY)


class OnItsWay(Exception):
    """Somebody's change of the row has not reached the catalog yet: what the catalog says is not the last word."""


def hold(model: type[CatalogModel], pk: str) -> None:
    """Keep other actions that hold the row waiting until the caller's transaction ends; read the row after this.

    SQLite lets one transaction write at a time, so nothing is to be done there. Raises OnItsWay.
    """
    connection = connections["default"]
    if connection.vendor == "postgresql":
        name = hashlib.sha256(f"{model._meta.db_table}:{pk}".encode()).digest()[:8]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(name, signed=True)])
    waiting = OutboxEntry.objects.filter(table=model._meta.db_table, stuck_at=None)
    if waiting.filter(Q(row_id=pk) | Q(operation__in=_MANY)).exists():
        raise OnItsWay("A change of this row is on its way to the catalog.")
