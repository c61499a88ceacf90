"""INSERT, UPDATE, DELETE and MERGE, with the counts of rows that Databricks gives back.

The snapshot that a statement wrote carries the statement's id, so that the counts are its own even among many writers:
tables are merge-on-read, so every new state of a row is an added record and every old one a position delete.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tests.warehouse.local import arrow, dialect
from tests.warehouse.local.lexer import Sql
from tests.warehouse.local.metadata import Table

MARK = "local-statement"


class Marks:
    """Writes the statement's id into the summary of the snapshots that this thread makes.

    Iceberg keeps such properties for the Java thread, and lets Java alone set them: hence by reflection.
    """

    def __init__(self, jvm: Any) -> None:
        loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
        field = loader.loadClass("org.apache.iceberg.spark.CommitMetadata").getDeclaredField("COMMIT_PROPERTIES")
        field.setAccessible(True)
        self._properties = field.get(None)
        self._maps = jvm.java.util.Collections

    def mark(self, statement: str) -> None:
        """Mark what this thread commits from now on."""
        self._properties.set(self._maps.singletonMap(MARK, statement))


def counts(verb: str, sql: Sql, table: Table, statement: str, deleted: DeletedRows) -> tuple[pa.Table, int]:
    """Return what a DML statement says of itself, from the state of its table after it."""
    own = next((each for each in reversed(table.snapshots) if each["summary"].get(MARK) == statement), None)
    summary: dict[str, str] = own["summary"] if own else {}
    added, gone = int(summary.get("added-records", 0)), _position_deletes(summary)
    if verb == "INSERT":
        return arrow.affected(num_affected_rows=added, num_inserted_rows=added)
    if verb == "UPDATE":
        return arrow.affected(num_affected_rows=added)
    if verb == "DELETE":
        return arrow.affected(num_affected_rows=deleted(own, table) if own else 0)
    return _merged(sql, added, gone)


def _position_deletes(summary: dict[str, str]) -> int:
    """Return the new position deletes: Spark writes those of a file that it had before once more."""
    return int(summary.get("added-position-deletes", 0)) - int(summary.get("removed-position-deletes", 0))


def _merged(sql: Sql, added: int, gone: int) -> tuple[pa.Table, int]:
    deletes, inserts = sql.has("THEN", "DELETE"), sql.has("THEN", "INSERT")
    if deletes and inserts:  # the split is not in the snapshot
        total = max(added, gone)
        return arrow.affected(num_affected_rows=total)
    updated = added if deletes else gone
    removed, inserted = (gone - added if deletes else 0), (0 if deletes else added - gone)
    return arrow.affected(
        num_affected_rows=updated + removed + inserted,
        num_updated_rows=updated,
        num_deleted_rows=removed,
        num_inserted_rows=inserted,
    )


class DeletedRows:
    """How many rows a DELETE removed; counted by a query only where whole files with earlier deletes went."""

    def __init__(self, spark: Any, sql: Sql, arguments: Any) -> None:
        self.spark, self.sql, self.arguments = spark, sql, arguments

    def __call__(self, own: dict[str, Any], table: Table) -> int:
        """Return the rows removed by the snapshot `own`."""
        summary = own["summary"]
        parent = table.snapshot(own.get("parent-snapshot-id"))
        before = parent["summary"] if parent else {}
        if summary.get("deleted-data-files") and int(before.get("total-position-deletes", 0)):
            return self._counted(own["parent-snapshot-id"])
        return _position_deletes(summary) + int(summary.get("deleted-records", 0))

    def _counted(self, snapshot: int) -> int:
        """Count the rows that its condition matched in the state before."""
        end = dialect.target(self.sql, "DELETE")[1]
        query = self.sql.replaced(end, end, f" VERSION AS OF {snapshot} ")
        query = query.replaced(0, 1, "SELECT count(*)")
        return int(self.spark.sql(str(query), self.arguments).collect()[0][0])
