"""Kills an import of a roster before one statement after another, and shows what the next process makes of it.

Run as a program by test_roster_killed.py with a folder of migrated databases, a folder to work in and a package. For
every so many statements a child process imports and dies by SIGKILL before that statement on either database; a
second child, after the lease, works on what is left and imports where nothing has begun. Prints one JSON line each.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django
import time_machine

from tests.dying import later_and_later

STEP = 37


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


def main(prepared: Path, place: Path, package: Path) -> None:
    """Kill later and later until an import lives through."""
    from consent.roster import applying, parts

    def prepare() -> None:
        for path in place.iterdir():
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink()
        for path in prepared.glob("*.sqlite3"):
            shutil.copy(path, place)

    parts.PART, applying.PEOPLE = 3, 4
    later_and_later(
        prepare=prepare,
        work=partial(take, package),
        recover=partial(recover, package),
        tell=tell,
        first=STEP,
        step=STEP,
    )


if __name__ == "__main__":
    django.setup()
    main(*map(Path, sys.argv[1:]))
