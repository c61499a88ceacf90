"""Databricks: files rewritten without deleted rows, and the files before deleted when their window is over.

A DELETE on Delta marks rows in a deletion vector beside their file. REORG ... APPLY (PURGE) writes such files anew;
the former ones serve readers and time travel until VACUUM deletes them, a week later (RETAIN, at least 168 hours).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse.physical.kinds import Found, State, Step, Trouble
from classwaves_admin.warehouse.physical.patience import patient
from classwaves_admin.warehouse.trouble import Kind, explain

__all__ = ["AGAIN", "WAIT", "WINDOW", "look", "step"]

# Databricks refuses less: a reader may be that late.
WINDOW = timedelta(hours=168)
WAIT = WINDOW + timedelta(hours=1)
AGAIN = timedelta(minutes=30)
_TROUBLES = {Kind.BUSY: Trouble.BUSY, Kind.WAKING: Trouble.BUSY, Kind.PERMISSION: Trouble.NOT_ALLOWED}


def step(alias: str, tables: Sequence[str], state: State, *, now: datetime) -> Step:
    """Rewrite the tables that are not yet; when the window of the last one is over, delete the former files."""
    known: dict[str, Any] = {"rewritten": [], "vacuumed": [], **state}
    try:
        with patient(alias) as connection:
            if not known.get("rewritten_at"):
                _each(connection, "REORG TABLE {} APPLY (PURGE)", tables, known, "rewritten")
                known["rewritten_at"] = now.isoformat()
            ends = datetime.fromisoformat(known["rewritten_at"]) + WAIT
            if now < ends:
                return Step(known, again_at=ends)
            hours = WINDOW // timedelta(hours=1)
            _each(connection, f"VACUUM {{}} RETAIN {hours} HOURS", tables, known, "vacuumed")
    except DatabaseError as error:
        trouble = explain(error)
        if trouble is None or trouble.kind not in _TROUBLES:
            raise
        return Step(known, again_at=now + AGAIN, trouble=_TROUBLES[trouble.kind])
    return Step(known, removed=True)


def look(alias: str, tables: Sequence[str], state: State) -> Found:
    """Look into the history of each table for the rewriting and the deletion of files."""
    found = Found()
    since = datetime.fromisoformat(state["rewritten_at"])
    with patient(alias) as connection:
        silent = [name for name in tables if not _is_told(connection, name, since)]
    named = len(tables) - len(silent)
    if named:
        found.checked.append(f"The history of {named} tables names the REORG and the VACUUM.")
    if silent:
        found.unseen.append(f"The history of {', '.join(silent)} does not name them: the server took both statements.")
    found.unseen.append("Copies of the tables (clones, shares, backups of the storage), and versions that it keeps.")
    return found


def _each(connection: BaseDatabaseWrapper, sql: str, tables: Sequence[str], known: dict[str, Any], word: str) -> None:
    with connection.cursor() as cursor:
        for name in tables:
            if name not in known[word]:
                cursor.execute(sql.format(connection.ops.quote_name(name)))
                known[word] = [*known[word], name]


def _is_told(connection: BaseDatabaseWrapper, name: str, since: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"DESCRIBE HISTORY {connection.ops.quote_name(name)}")
        columns = [column[0] for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    later = {str(row["operation"]).upper() for row in rows if row["timestamp"] >= since - timedelta(minutes=5)}
    return "REORG" in later and "VACUUM END" in later
