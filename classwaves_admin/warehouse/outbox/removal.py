"""Removes rows that were read in the same breath: for retention, which destroys exactly what it has looked at.

SQLite and PostgreSQL read and delete in one transaction on one snapshot. Databricks has none: there the rows are
deleted by the list of their ids, right after they were read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from django.db import connections, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import delivery, merges
from classwaves_admin.warehouse.outbox.apply import ALIAS, distributed
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["Breath", "ChangesWait", "Choose", "remove"]

Choose = Callable[[list[tuple[Any, ...]]], Collection[str]]


class ChangesWait(RuntimeError):
    """A change of one of the rows waits in the outbox: delivered later, it would bring the row back."""


@dataclass(slots=True)
class Breath:
    """Leaves other writers at least `pause` seconds between one removal and the next, whatever is done in them.

    `held` is for how many seconds the last removal kept them waiting.
    """

    pause: float
    held: float = 0.0
    _ended: float = field(default=float("-inf"), init=False)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Run a block that keeps other writers waiting, once they had their turn."""
        time.sleep(max(0.0, self._ended + self.pause - time.monotonic()))
        began = time.monotonic()
        try:
            yield
        finally:
            self._ended = time.monotonic()
            self.held = self._ended - began


def remove(rows: QuerySet[Any, tuple[Any, ...]], choose: Choose, breath: Breath | None = None) -> int:
    """Remove those of `rows` that `choose` names; return how many. With `breath` in the turn of others.

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
    take = _by_place(rows) if connections[ALIAS].vendor == "sqlite" else partial(_by_key, rows)
    with writing(), (breath or Breath(0)).holding(), transaction.atomic(using=ALIAS):
        return take(choose)


def _by_key(rows: QuerySet[Any, tuple[Any, ...]], choose: Choose) -> int:
    with connections[ALIAS].cursor() as cursor:  # a row that changes between reading and deleting ends the transaction
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    going = list(choose(list(rows)))
    _refuse_waiting(rows.model._meta.db_table, going)
    _delete(rows.model, str(rows.model._meta.pk.column), "SELECT unnest(%s::text[])", going)
    return len(going)


def _by_place(rows: QuerySet[Any, tuple[Any, ...]]) -> Callable[[Choose], int]:
    """Return what removes rows of SQLite by their place in its table, which it finds without the index of the keys.

    They come as one JSON array for each column: thousands of rows by themselves take half as long as their deletion.
    """
    table = rows.model._meta.db_table
    place = RawSQL(f"{connections[ALIAS].ops.quote_name(table)}.rowid", [])  # noqa: S611 - our own name
    query = rows.order_by().annotate(place_in_table=place).query
    inner, parameters = query.sql_with_params()
    columns = [f"c{number}" for number in range(len(query.values_select) + len(query.annotation_select))]
    arrays = ", ".join(f"json_group_array({column})" for column in columns)
    statement = f"WITH found({', '.join(columns)}) AS ({inner}) SELECT {arrays} FROM found"  # noqa: S608 - made by Django

    def take(choose: Choose) -> int:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(statement, parameters)
            *values, places = cursor.fetchone()
        found = list(zip(*map(orjson.loads, values), strict=True))
        going = list(choose(found))
        _refuse_waiting(table, going)
        if len(going) < len(found):
            places = _places_of(going, found, places)
        _delete(rows.model, "rowid", "SELECT value FROM json_each(%s)", places)
        return len(going)

    return take


def _places_of(going: Collection[str], found: Sequence[tuple[Any, ...]], places: str) -> str:
    """Return the places of some of the rows that were found."""
    wanted = set(going)
    some = [place for row, place in zip(found, orjson.loads(places), strict=True) if row[0] in wanted]
    return orjson.dumps(some).decode()


def _refuse_waiting(table: str, going: Sequence[str]) -> None:
    wanted = set(going)
    for entry in OutboxEntry.objects.filter(table=table):
        if not wanted.isdisjoint(entry.row_ids):
            raise ChangesWait(f"Changes of {table} wait in the outbox.")


def _delete(model: type[CatalogModel], column: str, among: str, values: str | list[str]) -> None:
    """Delete the rows with certain values in a column.

    One parameter for all of them: neither engine plans a list of thousands quickly.
    """
    name = connections[ALIAS].ops.quote_name
    statement = f"DELETE FROM {name(model._meta.db_table)} WHERE {name(column)} IN ({among})"  # noqa: S608 - our own names
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, [values])


def _merge_away(table: str, going: Sequence[str]) -> None:
    entry = OutboxEntry(
        table=table,
        row_id=going[0],
        operation=Operation.DELETE_MANY,
        payload={"columns": ["id"], "rows": [[row_id] for row_id in going], "shared": {}},
    )
    merges.write([entry], alias=ALIAS, keep=lambda: None)
