"""Moves SQLite's write-ahead log into the file beside a long run of writes, and not after each of them.

A commit that leaves more than a thousand pages in the log moves them at once and waits for the disk, twice. Here a
thread of its own does so meanwhile, and nobody waits but for the last pages.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections

from classwaves_admin.warehouse.outbox.apply import ALIAS

__all__ = ["checkpoints_beside"]

# Between two looks at the log, in seconds.
PAUSE = 0.005


@contextmanager
def checkpoints_beside() -> Iterator[None]:
    """Run a block whose commits to the warehouse leave the log to a thread; on other engines the block alone.

    At its end all of the log is in the file, unless somebody reads an older state just then.
    """
    connection = connections[ALIAS]
    if connection.vendor != "sqlite" or not Path(str(connection.settings_dict["NAME"])).is_file():
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_move_until, args=(over,), daemon=True)
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
        cursor.execute("PRAGMA wal_autocheckpoint = 0")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            cursor.execute(f"PRAGMA wal_autocheckpoint = {pages:d}")
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _move_until(over: threading.Event) -> None:
    try:
        while not over.wait(PAUSE):
            with connections[ALIAS].cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connections.close_all()
