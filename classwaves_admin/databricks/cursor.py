"""A cursor as Django wants it: `%s`, typed parameters, our errors, rows as plain Python straight from Arrow."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from databricks.sql import exc

from classwaves_admin.databricks import tags
from classwaves_admin.databricks.connect import retried
from classwaves_admin.databricks.errors import ConcurrentChange, InterfaceError, StaleSession, TokenRefused, Told
from classwaves_admin.databricks.parameters import bound, marked
from classwaves_admin.databricks.translation import RAISED, translated

if TYPE_CHECKING:
    from classwaves_admin.databricks.base import DatabaseWrapper

__all__ = ["Cursor", "is_read", "is_repeatable"]

Row = tuple[Any, ...]
# Rows that become Python at a time. The connector keeps the rest of a batch as Arrow.
_ROWS = 2000
# Of one batch on its way here: rows and bytes at most.
_BATCH_ROWS = 100_000
_BATCH_BYTES = 16 * 1024 * 1024
_READ = re.compile(r"[\s(]*(?:SELECT|SHOW|DESCRIBE|EXPLAIN|VALUES)\b", re.IGNORECASE)
# The MERGE that databricks/merge.py writes: sent again, it changes nothing.
_OURS = re.compile(r"MERGE INTO \S+ t USING \(SELECT .*\bfrom_json\(", re.DOTALL)


def is_read(sql: str) -> bool:
    """Tell whether the statement only reads."""
    return _READ.match(sql) is not None


def is_repeatable(sql: str) -> bool:
    """Tell whether the statement may be sent again when nobody knows if it ran."""
    return is_read(sql) or _OURS.match(sql) is not None


class Cursor:
    """One statement at a time. `query_id` is the warehouse's name of the last one."""

    arraysize = 100

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        self._wrapper = wrapper
        self._cursor: Any = None
        self._open = True
        self._rows: list[Row] = []
        self._next = 0
        self._done = True
        self.rowcount = -1
        self.query_id = ""

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # --- statements

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Cursor:
        """Run a statement; within patience again, where that is safe. Raises one of `errors`.

        Safe are what the server surely has not begun, reads, and our own MERGE.
        """
        if not self._open:
            raise InterfaceError("The cursor is closed.")
        values: list[Any] | None = None
        if isinstance(params, Mapping):
            sql, params = _positional(sql, params)
        if params is not None:
            sql, values = marked(sql), bound(params)
        repeatable = is_repeatable(sql)

        def may(failure: Told) -> bool:
            if isinstance(failure, ConcurrentChange):
                return _OURS.match(sql) is not None
            return failure.transient and (failure.untouched or repeatable)

        retried(lambda: self._once(sql, values or None), may=may)
        self._count()
        return self

    def _once(self, sql: str, values: list[Any] | None) -> None:
        self._rows, self._next, self._done, self.rowcount, self.query_id = [], 0, False, -1, ""
        cursor = self._connectors()
        cursor.active_command_id = None  # the connector keeps the last statement's
        try:
            cursor.execute(sql, values, query_tags=tags.current())
        except RAISED as error:
            self._done = True
            failure = self._failed(error)
            # It has begun where it has an id. What failed since may be the question after its state; only the
            # server's own word on the statement says that nothing of it was kept.
            if self.query_id and not isinstance(error, exc.ServerOperationError):
                failure.untouched = False
            raise failure from None
        self.query_id = self._last_id()
        self._wrapper.answered_at = time.monotonic()

    def _connectors(self) -> Any:
        """Return the connector's cursor, of a new session where the last one is gone."""
        connection = self._wrapper.session()
        if self._cursor is None or self._cursor.connection is not connection:
            self._cursor = connection.cursor(arraysize=_BATCH_ROWS, buffer_size_bytes=_BATCH_BYTES)
        return self._cursor

    def _failed(self, error: BaseException) -> Any:
        failure = translated(error, self._last_id())
        self.query_id = failure.query_id
        if isinstance(failure, TokenRefused | StaleSession):
            self._wrapper.session_lost(failure)
        elif failure.transient:
            self._wrapper.answered_at = 0.0
        return failure

    def _last_id(self) -> str:
        command = getattr(self._cursor, "active_command_id", None)
        return str(command.to_hex_guid()) if command else ""

    def _count(self) -> None:
        self.rowcount = self._cursor.rowcount
        description = self._cursor.description
        if self.rowcount == -1 and description and description[0][0] == "num_affected_rows":
            row = self.fetchone()  # a server that sends no count beside the answer
            self.rowcount = row[0] if row else -1
        # The connector's count stays from one statement to the next.
        self._cursor.rowcount = -1

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Cursor:
        """Run the statement once for each row: for many rows of data use merge.py."""
        changed = 0
        for params in rows:
            self.execute(sql, params)
            changed += max(self.rowcount, 0)
        self.rowcount = changed
        return self

    # --- rows

    @property
    def description(self) -> Any:
        """Return the columns of the answer, as DB-API says."""
        return self._cursor.description if self._cursor is not None else None

    def fetchone(self) -> Row | None:
        """Return the next row."""
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int = arraysize) -> list[Row]:
        """Return the next `size` rows, fewer at the end."""
        found = self._take(size)
        while len(found) < size and self._fill():
            found += self._take(size - len(found))
        return found

    def fetchall(self) -> list[Row]:
        """Return all rows that are left."""
        found = self._take(len(self._rows))
        while self._fill():
            found += self._take(len(self._rows))
        return found

    def __iter__(self) -> Iterator[Row]:
        while (row := self.fetchone()) is not None:
            yield row

    def fetchmany_arrow(self, size: int) -> pa.Table:
        """Return the next `size` rows as an Arrow table, fewer at the end. Not after rows of one answer as Python."""
        if self._next < len(self._rows):
            raise InterfaceError("Rows of this answer were begun as Python values.")
        if self._cursor is None:
            raise InterfaceError("No statement was run.")
        try:
            return self._cursor.fetchmany_arrow(size)
        except RAISED as error:
            raise self._failed(error) from None

    def _take(self, size: int) -> list[Row]:
        found = self._rows[self._next : self._next + size]
        self._next += len(found)
        return found

    def _fill(self) -> bool:
        if self._done:
            return False
        self._rows, self._next = [], 0
        table = self.fetchmany_arrow(_ROWS)
        self._done = table.num_rows < _ROWS
        columns = [column.to_pylist(maps_as_pydicts="strict") for column in table.itercolumns()]
        self._rows = list(zip(*columns, strict=True))
        return bool(self._rows)

    def close(self) -> None:
        """Let go of the answer, on the server too."""
        self._open, self._done, self._rows = False, True, []
        if self._cursor is None:
            return
        cursor, self._cursor = self._cursor, None
        # The connection would keep every cursor that it ever made.
        if cursor in cursor.connection._cursors:
            cursor.connection._cursors.remove(cursor)
        try:
            cursor.close()
        except RAISED as error:
            self._wrapper.answered_at = 0.0
            translated(error)  # the answer is read: nothing is lost with it


_NAMED = re.compile(r"%\((\w+)\)s|%%")


def _positional(sql: str, params: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return a statement with `%(name)s` as one with `%s`."""
    values = [params[found[1]] for found in _NAMED.finditer(sql) if found[1]]
    return _NAMED.sub(lambda found: "%s" if found[1] else "%%", sql), values
