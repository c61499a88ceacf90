"""Delivery of 5,000 audit rows through the gateway's outbox against the bare connector's MERGE of the same JSON."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from django.db import connections

from classwaves_admin.databricks.merge import json_arrays, json_object
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery, merges
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry
from tools.bench.figures import Figure
from tools.bench.rows import empty, payloads
from tools.bench.wire import bare_connection

BATCH = 5_000
ROUNDS = 5
BAR = 0.8
TABLE = AuditLog._meta.db_table


def measure() -> list[Figure]:
    """Return the rows a second of both, the median of several rounds, in turn."""
    seconds: dict[str, list[float]] = {"bare": [], "ours": []}
    with bare_connection() as connection:
        ways = {"bare": lambda: _bare(connection), "ours": _ours}
        for number in range(ROUNDS + 1):
            for name in sorted(ways, reverse=bool(number % 2)):
                empty()  # a MERGE costs more the more there is
                taken = ways[name]()
                if number:  # the first round warms both up
                    seconds[name].append(taken)
    empty()
    ours, bare = (BATCH / median(seconds[name]) for name in ("ours", "bare"))
    return [Figure(f"delivery of {BATCH:,} audit rows", ours, "rows/s", bare, BAR)]


def _ours() -> float:
    entries = [
        OutboxEntry(unit=new_id(), table=TABLE, row_id=row["id"], operation=Operation.INSERT, payload=row)
        for row in payloads(BATCH)
    ]
    OutboxEntry.objects.bulk_create(entries, batch_size=500)
    started = time.perf_counter()
    outcome = delivery.deliver(even_if_resting=True)
    seconds = time.perf_counter() - started
    if outcome.delivered != BATCH:
        raise RuntimeError(f"Only {outcome.delivered} of {BATCH} arrived.")
    return seconds


def _bare(connection: Any) -> float:
    rows = payloads(BATCH)
    arrays = list(json_arrays(json_object(row) for row in rows))
    first = OutboxEntry(table=TABLE, row_id=rows[0]["id"], operation=Operation.INSERT, payload=rows[0])
    sql = merges.statement(first, connections["warehouse"].ops.quote_name).replace("%s", "?")
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for array in arrays:
            cursor.execute(sql, [array])
    return time.perf_counter() - started
