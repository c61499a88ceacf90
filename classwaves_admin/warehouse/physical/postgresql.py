"""PostgreSQL: tables, indexes and what the planner noted written anew by VACUUM FULL, the write-ahead log written over.

Plain VACUUM frees a row's place and leaves its bytes there: of 4,036 words of deleted rows, a search of the server's
folder found 3,928 afterwards, and none after VACUUM FULL (tests/warehouse/test_physical.py). That keeps rows which an
older transaction may still see, so it waits until those have ended. The log keeps copies until it is written over.

ANALYZE, which the server runs by itself, notes a hundred values of each column for the planner (pg_statistic).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse.physical.kinds import Found, State, Step, Trouble
from classwaves_admin.warehouse.physical.patience import patient

__all__ = ["AGAIN", "WAIT", "look", "step"]

WAIT = timedelta(days=1)
AGAIN = timedelta(minutes=30)
LOG_AGAIN = timedelta(hours=6)
# What makes the server forget the noted values of a table without rows, of which ANALYZE notes nothing new.
_SAME_TYPES = """
    SELECT string_agg(format('ALTER COLUMN %%I TYPE %%s%%s', a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation::text END), ', ')
    FROM pg_stats s
    JOIN pg_attribute a ON a.attrelid = format('%%I.%%I', s.schemaname, s.tablename)::regclass AND a.attname = s.attname
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.oid = %s::regclass AND c.reltuples = 0
"""
_STATISTICS = "pg_catalog.pg_statistic"
# lock_timeout, statement_timeout; disk_full; insufficient_privilege
_TROUBLES = {
    "55P03": Trouble.BUSY,
    "57014": Trouble.BUSY,
    "40P01": Trouble.BUSY,
    "53100": Trouble.NO_SPACE,
    "42501": Trouble.NOT_ALLOWED,
}


def step(alias: str, tables: Sequence[str], state: State, *, now: datetime) -> Step:
    """Write the tables anew that are not yet; afterwards wait until the log has been written over."""
    known = {"written": [], **state}
    try:
        with patient(alias) as connection, connection.cursor() as cursor:
            if "log" not in known and (trouble := _write_anew(connection, cursor, tables, known)):
                return Step(known, again_at=now + AGAIN, trouble=trouble)
            if _is_written_over(cursor, known["log"]) is False:
                return Step(known, again_at=now + LOG_AGAIN)
    except DatabaseError as error:
        trouble = _TROUBLES.get(str(getattr(error.__cause__, "sqlstate", "")))
        if trouble is None:
            raise
        return Step(known, again_at=now + AGAIN, trouble=trouble)
    return Step(known, removed=True)


def look(alias: str, tables: Sequence[str], state: State) -> Found:
    """Look whether each table lies in another file than before, and whether the log has been written over."""
    found = Found()
    files: dict[str, int] = state.get("files", {})
    with patient(alias) as connection, connection.cursor() as cursor:
        same = [name for name in tables if _file_of(connection, cursor, name) in {files.get(name), None}]
        over = _is_written_over(cursor, state["log"])
    if same:
        found.failed.append(f"{', '.join(same)}: the server has not written the table anew.")
    else:
        found.checked.append(f"{len(tables)} tables with their indexes lie in new files, written by VACUUM FULL.")
    if state.get("forgotten"):
        found.checked.append("What the server’s planner had noted of values lies in a new file too (pg_statistic).")
    else:
        found.unseen.append("What the server’s planner notes of values: only the database’s owner may write it anew.")
    if over:
        found.checked.append("The write-ahead log has been written over as a whole since.")
    elif over is False:
        found.failed.append("The write-ahead log has not been written over since.")
    else:
        found.unseen.append("The server’s write-ahead log: the portal’s user may not look at it (pg_monitor).")
    found.unseen.append("Copies of the server (replicas), its archived log, backups, and snapshots of the disk.")
    return found


def _write_anew(
    connection: BaseDatabaseWrapper, cursor: Any, tables: Sequence[str], known: dict[str, Any]
) -> Trouble | None:
    """Rewrite each table that `known` does not name, and note where the log stands; return what hinders."""
    if "seen_by" not in known:
        known["seen_by"] = _one(cursor, "SELECT txid_current()")
    if _one(cursor, "SELECT txid_snapshot_xmin(txid_current_snapshot())") < known["seen_by"]:
        return Trouble.BUSY  # an older transaction may still see the rows
    before: dict[str, int] = known.setdefault("files", {})
    for name in tables:
        if name in known["written"]:
            continue
        before[name] = _file_of(connection, cursor, name)
        cursor.execute(f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(name)}")
        # Whoever does not own a table gets a warning, and nothing is done.
        if _file_of(connection, cursor, name) == before[name]:
            return Trouble.NOT_ALLOWED
        known["written"] = [*known["written"], name]
    known["forgotten"] = _forget_values(connection, cursor, tables)
    with suppress(DatabaseError):  # not everybody may ask for one; it comes by itself within minutes
        cursor.execute("CHECKPOINT")
    known["log"] = str(_one(cursor, "SELECT pg_current_wal_lsn()"))
    return None


def _forget_values(connection: BaseDatabaseWrapper, cursor: Any, tables: Sequence[str]) -> bool:
    """Rewrite what the planner noted of the tables' values; tell whether that was done. Nothing, if not allowed."""
    for name in map(connection.ops.quote_name, tables):
        if changes := _one(cursor, _SAME_TYPES, name):
            cursor.execute(f"ALTER TABLE {name} {changes}")
    before = _file_of(connection, cursor, _STATISTICS)
    cursor.execute(f"VACUUM (FULL) {_STATISTICS}")
    return _file_of(connection, cursor, _STATISTICS) != before


def _is_written_over(cursor: Any, since: str) -> bool | None:
    """Tell whether more has been written into the log since than it has room for; None where it cannot be seen."""
    try:
        room = _one(cursor, "SELECT sum(size) FROM pg_ls_waldir()")
    except DatabaseError:
        return None
    return bool(_one(cursor, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s::pg_lsn)", since) > room)


def _file_of(connection: BaseDatabaseWrapper, cursor: Any, name: str) -> int:
    return int(_one(cursor, "SELECT pg_relation_filenode(%s::regclass)", connection.ops.quote_name(name)))


def _one(cursor: Any, sql: str, *parameters: str) -> Any:
    cursor.execute(sql, parameters)
    return cursor.fetchone()[0]
