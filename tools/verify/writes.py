"""The checks that write, in a schema that is made for them and removed at the end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.databricks.merge import merge_sql
from classwaves_admin.databricks.patience import LONG, patience
from tools.verify.outcome import Wrong, expect
from tools.verify.reads import rows

COLUMNS = (
    ("id", "STRING"),
    ("at", "TIMESTAMP"),
    ("amount", "DECIMAL(12,4)"),
    ("tags", "ARRAY<STRING>"),
    ("extra", "MAP<STRING,STRING>"),
)
SOME = 1_000
WRITERS = 4


class Scratch:
    """A schema of this run. Its checks stand in the order in which they need each other."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self.table = f"{schema}.rows"
        self.made = False
        self.checks: Sequence[tuple[str, Callable[[BaseDatabaseWrapper], str]]] = (
            ("A schema and a table are made", self.make),
            ("MERGE adds rows, and again changes nothing", self.merge_twice),
            ("MERGE changes rows", self.merge_changes),
            ("UPDATE and DELETE count their rows", self.count_rows),
            ("NOT NULL is kept", self.refuse_null),
            ("Writers at the same time lose nothing", self.write_together),
            ("An earlier version can be read", self.look_back),
        )

    def make(self, connection: BaseDatabaseWrapper) -> str:
        """As migrations make tables: clustered, with comments and NOT NULL."""
        rows(connection, f"CREATE SCHEMA `{self.schema}` COMMENT 'made by make verify-databricks; may be dropped'")
        self.made = True
        columns = ", ".join(f"`{name}` {kind}{' NOT NULL' if name == 'id' else ''}" for name, kind in COLUMNS)
        rows(connection, f"CREATE TABLE {self._name(connection)} ({columns}) CLUSTER BY (`id`)")
        return self.schema

    def merge_twice(self, connection: BaseDatabaseWrapper) -> str:
        """What makes a replay harmless."""
        given = json.dumps([_row(number) for number in range(SOME)])
        for _ in range(2):
            self._run(connection, self._merge(connection), [given])
            expect(self._count(connection), SOME, "rows")
        found = rows(connection, f"SELECT amount, tags, extra FROM {self._name(connection)} WHERE id = 'row-7'")  # noqa: S608
        amount, tags, extra = found[0]
        expect((str(amount), list(tags), dict(extra)), ("7.0001", ["a", "b 'c'"], {"k": "v"}), "the row")
        return f"{SOME} rows, twice"

    def merge_changes(self, connection: BaseDatabaseWrapper) -> str:
        """An upsert by id."""
        given = json.dumps([_row(number) | {"amount": "1.5000"} for number in range(10)])
        self._run(connection, self._merge(connection), [given])
        found = rows(connection, f"SELECT count(*) FROM {self._name(connection)} WHERE amount = 1.5")  # noqa: S608
        expect(found, [(10,)], "changed rows")
        return "10 rows"

    def count_rows(self, connection: BaseDatabaseWrapper) -> str:
        """The outbox relies on these numbers."""
        name = self._name(connection)
        expect(self._run(connection, f"UPDATE {name} SET amount = 2 WHERE id = %s", ["row-1"]), 1, "UPDATE")  # noqa: S608
        expect(self._run(connection, f"DELETE FROM {name} WHERE id = %s", ["row-2"]), 1, "DELETE")  # noqa: S608
        expect(self._run(connection, f"DELETE FROM {name} WHERE id = %s", ["row-2"]), 0, "DELETE again")  # noqa: S608
        return "1, 1, 0"

    def refuse_null(self, connection: BaseDatabaseWrapper) -> str:
        """The one constraint that the server enforces."""
        try:
            self._run(connection, f"INSERT INTO {self._name(connection)} (`id`) VALUES (NULL)")  # noqa: S608
        except IntegrityError:
            return "IntegrityError"
        raise Wrong("a row without id was taken.")

    def write_together(self, connection: BaseDatabaseWrapper) -> str:
        """Delta lets one of two writers fail; a MERGE that may be sent again is, until it is through."""
        before, failures = self._count(connection), []

        def write(writer: int) -> None:
            own = connection.copy()
            try:
                with patience(LONG):  # as the worker has it
                    for number in range(3):
                        self._run(own, self._merge(own), [json.dumps([_row(SOME + writer * 100 + number)])])
            except OperationalError as error:
                failures.append(type(error.__cause__).__name__)
            finally:
                own.close()

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise Wrong(f"{len(failures)} of {WRITERS} writers gave up: {', '.join(sorted(set(failures)))}.")
        expect(self._count(connection) - before, WRITERS * 3, "new rows")
        return f"{WRITERS} writers, {WRITERS * 3} rows"

    def look_back(self, connection: BaseDatabaseWrapper) -> str:
        """Delta numbers its versions from 0; other engines by their own rule, so the history is asked."""
        history = rows(connection, f"DESCRIBE HISTORY {self._name(connection)}")
        oldest = min(int(row[0]) for row in history)
        then = rows(connection, f"SELECT count(*) FROM {self._name(connection)} VERSION AS OF {oldest}")  # noqa: S608
        if then[0][0] >= self._count(connection):
            raise Wrong(f"version {oldest} has as many rows as now.")
        return f"{len(history)} versions, {then[0][0]} rows in the oldest"

    def remove(self, connection: BaseDatabaseWrapper) -> str:
        """Remove the schema with all that it holds, and say whether that was possible."""
        if not self.made:
            return "Nothing was made."
        try:
            rows(connection, f"DROP SCHEMA IF EXISTS `{self.schema}` CASCADE")
        except (DatabaseError, InterfaceError):
            return f"LEFT     the schema {self.schema} could not be removed: DROP SCHEMA `{self.schema}` CASCADE;"
        return f"removed  the schema {self.schema}"

    def _name(self, connection: BaseDatabaseWrapper) -> str:
        return str(connection.ops.quote_name(self.table))

    def _merge(self, connection: BaseDatabaseWrapper) -> str:
        update = [name for name, _ in COLUMNS if name != "id"]
        return merge_sql(connection.ops.quote_name, self.table, COLUMNS, keys=["id"], update=update)

    def _count(self, connection: BaseDatabaseWrapper) -> int:
        return int(rows(connection, f"SELECT count(*) FROM {self._name(connection)}")[0][0])  # noqa: S608

    @staticmethod
    def _run(connection: BaseDatabaseWrapper, sql: str, params: list[Any] | None = None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return int(cursor.rowcount)


def _row(number: int) -> dict[str, Any]:
    return {
        "id": f"row-{number}",
        "at": "2025-03-04 15:00:00.000001",
        "amount": f"{number}.0001",
        "tags": ["a", "b 'c'"],
        "extra": {"k": "v"},
    }
