"""Removes rows that were read in the same breath: for retention, which destroys exactly what it has looked at.

SQLite and PostgreSQL read and delete in one transaction on one snapshot. Databricks has none: there the rows are
deleted by the list of their ids, right after they were read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import delivery, merges
from classwaves_admin.warehouse.outbox.apply import ALIAS, distributed
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["ChangesWait", "Choose", "remove"]

Choose = Callable[[list[tuple[Any, ...]]], Collection[str]]


class ChangesWait(RuntimeError):
    """A change of one of the rows waits in the outbox: delivered later, it would bring the row back."""


def remove(rows: QuerySet[Any, tuple[Any, ...]], choose: Choose) -> int:
    """Remove those of `rows` that `choose` names; return how many.

    `rows` is a `values_list` that begins with the key; `choose` gets all of them and returns keys, or raises, and
    then nothing is removed. Raises ChangesWait, and Django's database errors.
    """
    table = rows.model._meta.db_table
    if OutboxEntry.objects.filter(table=table).exists():
        delivery.deliver()
    if distributed():
        going = list(choose(list(rows)))
        _refuse_waiting(table, going)
        if going:
            with writing():
                _merge_away(table, going)
        return len(going)
    keys_alone = rows.query.values_select == ("pk",) and not rows.query.annotation_select
    if keys_alone and connections[ALIAS].vendor == "sqlite":
        with suppress(_OnlySome):
            return _remove_all(rows, choose)
    return _remove_some(rows, choose)


class _OnlySome(Exception):
    """Not all of the rows go: what was removed at once is rolled back."""


def _remove_all(rows: QuerySet[Any, tuple[Any, ...]], choose: Choose) -> int:
    """Remove rows by the statement that reads them, in half the time. Raises _OnlySome, and as `remove`."""
    with writing(), transaction.atomic(using=ALIAS):
        found = _delete_and_read(rows)
        going = list(choose(found))
        if len(going) < len(found):
            raise _OnlySome
        _refuse_waiting(rows.model._meta.db_table, going)
    return len(going)


def _remove_some(rows: QuerySet[Any, tuple[Any, ...]], choose: Choose) -> int:
    with writing(), transaction.atomic(using=ALIAS):
        connection = connections[ALIAS]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # a row that changes between reading and deleting ends the transaction
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        going = list(choose(list(rows)))
        _refuse_waiting(rows.model._meta.db_table, going)
        _delete(rows.model, going)
    return len(going)


def _delete_and_read(rows: QuerySet[Any, tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Delete rows by their place in SQLite's table and return their keys."""
    name = connections[ALIAS].ops.quote_name
    table, key = name(rows.model._meta.db_table), name(str(rows.model._meta.pk.column))
    places = rows.order_by().values_list(RawSQL(f"{table}.rowid", []))  # noqa: S611 - our own name
    among, parameters = places.query.sql_with_params()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"{_statement(table, 'rowid', among)} RETURNING {key}", parameters)
        return list(cursor.fetchall())


def _refuse_waiting(table: str, going: Sequence[str]) -> None:
    wanted = set(going)
    for entry in OutboxEntry.objects.filter(table=table):
        if not wanted.isdisjoint(entry.row_ids):
            raise ChangesWait(f"Changes of {table} wait in the outbox.")


def _delete(model: type[CatalogModel], going: Sequence[str]) -> None:
    connection = connections[ALIAS]
    name = connection.ops.quote_name
    key = name(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        # One parameter for all ids: neither engine plans a list of thousands of them quickly.
        if connection.vendor == "sqlite":
            among = "SELECT value FROM json_each(%s)"
            cursor.execute(_statement(name(model._meta.db_table), key, among), [json.dumps(going)])
        else:
            among = "SELECT unnest(%s::text[])"
            cursor.execute(_statement(name(model._meta.db_table), key, among), [list(going)])


def _statement(table: str, key: str, among: str) -> str:
    return f"DELETE FROM {table} WHERE {key} IN ({among})"  # noqa: S608 - names of a table and its key


def _merge_away(table: str, going: Sequence[str]) -> None:
    entry = OutboxEntry(
        table=table,
        row_id=going[0],
        operation=Operation.DELETE_MANY,
        payload={"columns": ["id"], "rows": [[row_id] for row_id in going], "shared": {}},
    )
    merges.write([entry], alias=ALIAS, keep=lambda: None)
