"""SQLite: words out of the full-text indexes, a new file without free pages, an empty write-ahead log.

`secure_delete` (settings.py) writes zeros over a row as it is deleted; old pages stay in the log until it is truncated.
A full-text index only notes that a word has gone and drops it when it merges its parts: VACUUM alone leaves it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse.physical.kinds import Found, State, Step, Trouble
from classwaves_admin.warehouse.physical.patience import patient

__all__ = ["AGAIN", "WAIT", "look", "step"]

WAIT = timedelta()
AGAIN = timedelta(minutes=30)
# Pages of an index that are merged at once: others may write in between.
MERGED = 2_000
# A merge that changes fewer rows had nothing left to do (documentation of FTS5).
STILL_MERGING = 2
_TROUBLES = {"SQLITE_BUSY": Trouble.BUSY, "SQLITE_LOCKED": Trouble.BUSY, "SQLITE_FULL": Trouble.NO_SPACE}


def step(alias: str, _tables: Sequence[str], state: State, *, now: datetime) -> Step:
    """Write the whole file anew; a database in memory has none."""
    file = _file(alias)
    if file is None:
        return Step(state, removed=True)
    if not _has_room(file):
        return Step(state, again_at=now + AGAIN, trouble=Trouble.NO_SPACE)
    try:
        with patient(alias) as connection:
            trouble = _write_anew(connection)
    except OperationalError as error:
        name = str(getattr(error.__cause__, "sqlite_errorname", ""))
        trouble = next((kind for start, kind in _TROUBLES.items() if name.startswith(start)), None)
        if trouble is None:
            raise
    if trouble:
        return Step(state, again_at=now + AGAIN, trouble=trouble)
    return Step({"written_anew_at": now.isoformat()}, removed=True)


def look(alias: str, _tables: Sequence[str], _state: State) -> Found:
    """Look at the file's free pages and at its log."""
    file, found = _file(alias), Found()
    if file is None:
        found.checked.append("The database is in memory: it has no file.")
        return found
    with patient(alias) as connection, connection.cursor() as cursor:
        free = int(cursor.execute("PRAGMA freelist_count").fetchone()[0])
        pages = int(cursor.execute("PRAGMA page_count").fetchone()[0])
        zeroed = bool(cursor.execute("PRAGMA secure_delete").fetchone()[0])
    if free and not zeroed:
        found.failed.append(f"{free} of {pages} pages of the file are free and may hold old rows.")
    elif free:
        found.checked.append(f"{free} of {pages} pages became free since; they are filled with zeros as they do.")
    else:
        found.checked.append(f"None of the {pages} pages of the file is free.")
    log = Path(f"{file}-wal")
    empty = not log.exists() or not log.stat().st_size
    found.checked.append(
        "The write-ahead log is empty." if empty else "The write-ahead log was emptied; what it holds came later."
    )
    found.checked.append("The parts of each full-text index were merged, which drops words of deleted rows.")
    found.unseen.append("Backups of the file, snapshots of the disk, and blocks that the file system has freed.")
    return found


def _write_anew(connection: BaseDatabaseWrapper) -> Trouble | None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete=ON")
        indexes = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
        for (name,) in cursor.execute(indexes).fetchall():
            _merge(connection, connection.ops.quote_name(name))
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return Trouble.BUSY if busy else None


def _merge(connection: BaseDatabaseWrapper, index: str) -> None:
    """Merge all parts of a full-text index, some pages at a time: a negative number begins, positive ones go on."""
    raw = connection.connection
    sql = f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)"  # noqa: S608 - a name from the schema, quoted
    raw.execute(sql, [-MERGED])
    while True:
        before = raw.total_changes
        raw.execute(sql, [MERGED])
        if raw.total_changes - before < STILL_MERGING:
            return


def _file(alias: str) -> Path | None:
    path = Path(str(connections[alias].settings_dict["NAME"]))
    return path if path.is_file() else None


def _has_room(file: Path) -> bool:
    """Tell whether the copy and the log that VACUUM writes fit beside the file."""
    log = Path(f"{file}-wal")
    size = file.stat().st_size + (log.stat().st_size if log.exists() else 0)
    here, there = shutil.disk_usage(file.parent), shutil.disk_usage(tempfile.gettempdir())
    shared = file.parent.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev
    return min(here.free, there.free) > size * (2.2 if shared else 1.1)
