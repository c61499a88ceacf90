"""Kills an import of a roster before one statement after another, and shows what the next process makes of it.

Run as a program by test_roster_killed.py with a folder of migrated databases, a folder to work in and a package. For
every so many statements a child process imports and dies by SIGKILL before that statement on either database; a
second child, after the lease, works on what is left and imports where nothing has begun. Prints one JSON line each.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import django
import time_machine

STEP = 37


def deadly(at: int) -> Callable[..., Any]:
    """Return an execute wrapper that kills this process instead of sending statement number `at`."""
    sent = count(1)

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if next(sent) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    return wrapper


def take(package: Path) -> None:
    """Import as the command does, in small parts."""
    from classwaves_admin.lib import clock
    from classwaves_admin.lib.actor import system
    from consent.roster.command import Choices, import_package

    import_package(package=package, by=system("test"), now=clock.now(), choices=Choices())


def recover(package: Path) -> None:
    """Work on what is left, as the worker does once the dead one's lease has run out."""
    from classwaves_admin.jobs import running
    from classwaves_admin.lib import clock
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.outbox import delivery
    from consent.models import RosterImport

    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=True):
        delivery.deliver(even_if_resting=True)
        with system_scope(reason="test"):
            jobs = list(running.due(clock.now()).values_list("pk", flat=True))
        for job in jobs:
            running.run(job)
        if not RosterImport.objects.filter(state="applied").exists():
            take(package)


def state() -> dict[str, Any]:
    """Return a digest of every row that imports write, without times, and what is unfinished."""
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.outbox.models import OutboxEntry
    from consent.models import RosterImport
    from consent.roster.tables import TABLES

    stamps = {"created_at", "updated_at", "age_verified_at"}
    with system_scope(reason="test"):
        rows = [row for table in TABLES.values() for row in table.model._default_manager.order_by("pk").values()]
        lines = [repr(sorted((name, value) for name, value in row.items() if name not in stamps)) for row in rows]
        applied = RosterImport.objects.filter(state="applied")
        return {
            "rows": len(lines),
            "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
            "entries": OutboxEntry.objects.count(),
            "students": [one.counts["students"] for one in applied],
        }


def tell(at: int, killed: bool) -> None:
    """Print one line."""
    sys.stdout.write(json.dumps({"at": at, "killed": killed} | state()) + "\n")
    sys.stdout.flush()


def child(work: Callable[[], None]) -> int:
    """Run in a process of its own; return 0, or the negative number of the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(ended)


def main(prepared: Path, place: Path, package: Path) -> None:
    """Kill later and later until an import lives through."""
    from consent.roster import applying, parts

    parts.PART, applying.PEOPLE = 3, 4
    at = 0
    while True:
        for path in place.iterdir():
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink()
        for path in prepared.glob("*.sqlite3"):
            shutil.copy(path, place)
        at += STEP
        ended = child(partial(_dying, package, at))
        if ended not in {0, -signal.SIGKILL}:
            raise SystemExit(f"The first process ended with {ended} at {at}.")
        if child(partial(recover, package)):
            raise SystemExit(f"The second process failed at {at}.")
        if child(partial(tell, at, bool(ended))):
            raise SystemExit("The state cannot be read.")
        if not ended:
            return


def _dying(package: Path, at: int) -> None:
    from django.db import connections

    wrapper = deadly(at)
    for alias in ("default", "warehouse"):
        connections[alias].ensure_connection()
        connections[alias].execute_wrappers.append(wrapper)
    take(package)


if __name__ == "__main__":
    django.setup()
    main(*map(Path, sys.argv[1:]))
