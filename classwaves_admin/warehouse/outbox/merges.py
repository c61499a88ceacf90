"""Applies runs as MERGE statements: Databricks, where a statement is dear and a transaction of several is none.

The payload is JSON of column values already, so it goes as it is: nothing is turned into Python objects and
back. What the catalog's types refuse, the warehouse refuses (FAILFAST, CAST).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connections

from classwaves_admin.databricks.merge import filled, json_arrays, json_object, matched, merge_sql, rows_sql
from classwaves_admin.databricks.patience import SHORT, patience
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox.codec import column, tables
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["BATCH", "JOINED", "ROWS", "write"]

# Entries read at once; a run of as many is a handful of statements, by the limit of their parameters.
BATCH = 5_000
# Rows of them, where entries are about many.
ROWS = 20_000
JOINED = frozenset({Operation.INSERT, Operation.UPDATE, Operation.DELETE})

Quote = Callable[[str], str]


def write(run: list[OutboxEntry], *, alias: str, keep: Callable[[], None]) -> None:
    """Apply one run. Raises Django's database errors, and what `keep` raises before a statement.

    Sent again it changes nothing, be it after a part of its statements or after all.
    """
    if run[0].verb == Operation.UPDATE and not run[0].columns:
        return
    connection = connections[alias]
    ids = [row_id for entry in run for row_id in entry.row_ids]
    sql = statement(run[0], connection.ops.quote_name, span=(min(ids), max(ids)))
    # Longer patience would outlast the lease; the outbox comes back by itself.
    with patience(SHORT), connection.cursor() as cursor:
        for array in json_arrays(_rows(run)):
            keep()
            cursor.execute(*filled(sql, array))


def statement(first: OutboxEntry, quote_name: Quote, *, span: tuple[str, str] | None = None) -> str:
    """Return the MERGE for a run that begins with `first`; its one `%s` takes a JSON array of the rows.

    `span` is the least and the greatest id of the run. Ids begin with their time: of an audit log of years the
    warehouse reads the files of these minutes.
    Raises FieldDoesNotExist for a column and LookupError for a table that this release does not have.
    """
    model = tables()[first.table]
    key = str(model._meta.pk.column)
    others = [name for name in _columns(model, first) if name != key]
    columns = [(name, column(model, name).catalog_type) for name in (key, *others)]
    if columns[0][1] != "STRING":  # other types sort otherwise
        span = None
    if first.verb == Operation.DELETE:
        source = rows_sql(quote_name, columns[:1])
        on = matched(quote_name, [key], span)
        # Not `DELETE ... WHERE id IN`: markers are few, and a list in one of them is compared row by row.
        return f"MERGE INTO {quote_name(first.table)} t USING ({source}) s ON {on} WHEN MATCHED THEN DELETE"
    adds = first.verb == Operation.INSERT
    return merge_sql(quote_name, first.table, columns, keys=[key], update=others, insert=adds, span=span)


def _columns(model: type[CatalogModel], entry: OutboxEntry) -> list[str]:
    return [str(column(model, name).column) for name in entry.columns]


def _rows(run: list[OutboxEntry]) -> Iterator[str]:
    """Yield each row as a JSON object, with its key."""
    key = str(tables()[run[0].table]._meta.pk.column)
    for entry in run:
        for row_id, values in zip(entry.row_ids, entry.values(), strict=True):
            yield json_object({**values, key: row_id})
