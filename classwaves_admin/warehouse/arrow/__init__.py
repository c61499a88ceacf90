"""Rows of the catalog in columns (Apache Arrow), batch after batch: for exports, whatever their size.

Each engine sends them in its fastest way: Databricks as Arrow, SQLite and PostgreSQL through their ADBC drivers.
Columns that these do not carry, and databases that only Django's own connection reaches, come as rows and are turned
into columns. Either way the types are the catalog's, and no more than some batches are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from classwaves_admin.warehouse.arrow import columns, databricks, postgresql, rows, sqlite
from classwaves_admin.warehouse.arrow.columns import INSTANT, UnreadableColumn, schema
from classwaves_admin.warehouse.arrow.question import Question

__all__ = ["INSTANT", "SIZE", "UnreadableColumn", "batches", "schema"]

# Rows of a batch: some 1 MB of the audit log, of which some ten are on their way at once.
SIZE = 2_000
# Arrow's own pools keep 20 MB more than they use.
pa.set_memory_pool(pa.system_memory_pool())


def batches(
    queryset: QuerySet[Any], names: Sequence[str] | None = None, *, size: int = SIZE
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `queryset`, at most `size` at a time, with the columns `names`, by default all.

    The statement is sent at the first batch, on the thread that asks for it; its rows are those of one moment. Close
    the iterator to end the statement early. Raises UnreadableColumn, and Django's database errors.
    """
    model = queryset.model
    names = names or [field.attname for field in model.columns()]
    query = queryset.values_list(*names).query
    compiler = query.get_compiler(using=queryset.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return
    question = Question(connections[queryset.db], compiler, sql, params, schema(model, names), size)
    yield from _way(question)(question)


def _way(question: Question) -> Callable[[Question], Iterator[pa.RecordBatch]]:
    vendor = question.connection.vendor
    if vendor == "databricks":
        return databricks.batches
    if columns.are_flat(question.types):
        if vendor == "postgresql":
            return postgresql.batches
        if sqlite.can_read(question.connection):
            return sqlite.batches
    return rows.batches
