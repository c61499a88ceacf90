"""VERSION AS OF, TIMESTAMP AS OF and DESCRIBE HISTORY over Iceberg's snapshots, numbered as Delta does.

Version 0 is the CREATE TABLE; version n is the n-th commit of rows after it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from tests.warehouse.local.errors import failure
from tests.warehouse.local.lexer import Sql, meaning, quoted
from tests.warehouse.local.metadata import Table

OPERATIONS = {"append": "WRITE", "delete": "DELETE", "overwrite": "MERGE", "replace": "OPTIMIZE"}
FindTable = Callable[[list[str]], Table]


def with_snapshots(sql: Sql, find: FindTable) -> Sql:
    """Return the statement with each version replaced by the snapshot that Iceberg knows."""
    for place in reversed(list(sql.places("VERSION", "AS", "OF"))):
        version = sql.token(place + 3)
        end = place - 1 if sql.word(place - 1) == "FOR" else place
        name, start = sql.name_before(end)
        if version.kind != "number" or not name:
            continue
        snapshots = find(name).snapshots
        number = int(version.text)
        if number > len(snapshots):
            raise failure(
                "DELTA_VERSION_NOT_FOUND",
                f"Cannot time travel Delta table to version {number}. Available versions: [0, {len(snapshots)}].",
                "22003",
            )
        if number:
            sql = sql.replaced(place + 3, place + 4, str(snapshots[number - 1]["snapshot-id"]))
        else:
            sql = _empty(sql, name, start, place + 4)
    return sql


def with_moments(sql: Sql, find: FindTable) -> Sql:
    """Return the statement with each moment judged as Delta judges it: before the first commit, after the last."""
    for place in reversed(list(sql.places("TIMESTAMP", "AS", "OF"))):
        said = place + 4 if sql.word(place + 3) == "TIMESTAMP" else place + 3
        end = place - 1 if sql.word(place - 1) == "FOR" else place
        name, start = sql.name_before(end)
        if not name or sql.token(said).kind != "literal":
            continue
        table = find(name)
        moment = _read(meaning(sql.token(said).text))
        commits = [_moment(each["timestamp-ms"]) for each in table.snapshots]
        if moment > max([_moment(table.created), *commits]):
            raise failure(
                "DELTA_TIMESTAMP_GREATER_THAN_COMMIT",
                f"The provided timestamp ({moment}) is after the latest version available to this table.",
                "42816",
            )
        if moment < _moment(table.created):
            raise failure(
                "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION",
                f"The provided timestamp ({moment}) is before the earliest version available to this table.",
                "42816",
            )
        if not commits or moment < commits[0]:
            sql = _empty(sql, name, start, said + 1)
    return sql


def _read(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise failure(
            "DELTA_TIMESTAMP_INVALID",
            f"The provided timestamp ({text}) cannot be converted to a valid timestamp.",
            "42816",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _empty(sql: Sql, name: list[str], start: int, end: int) -> Sql:
    """Return the statement with the table as it was made: without a row."""
    named = sql.word(end) == "AS" or sql.token(end).text.startswith("`")
    alias = "" if named else f" AS {quoted(name[-1:])}"
    return sql.replaced(start, end, f"(SELECT * FROM {quoted(name)} WHERE false){alias}")


def history(table: Table) -> pa.Table:
    """Return what DESCRIBE HISTORY tells, the newest first."""
    rows: list[tuple[int, datetime, str, list[tuple[str, str]]]] = []
    for number, snapshot in reversed(list(enumerate(table.snapshots, 1))):
        summary: dict[str, Any] = snapshot["summary"]
        sort = OPERATIONS.get(summary["operation"], summary["operation"].upper())
        rows.append((number, _moment(snapshot["timestamp-ms"]), sort, sorted(summary.items())))
    rows.append((0, _moment(table.created), "CREATE TABLE", []))
    versions, moments, sorts, metrics = (list(column) for column in zip(*rows, strict=True))
    return pa.table(
        {
            "version": pa.array(versions, pa.int64()),
            "timestamp": pa.array(moments, pa.timestamp("us", "UTC")),
            "userId": pa.nulls(len(rows), pa.string()),
            "userName": pa.nulls(len(rows), pa.string()),
            "operation": pa.array(sorts, pa.string()),
            "operationMetrics": pa.array(metrics, pa.map_(pa.string(), pa.string())),
        }
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
