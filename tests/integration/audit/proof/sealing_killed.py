"""Kills a round of sealing before one statement after another, and shows what the next round makes of it.

Run as a program by test_sealing_killed.py with a folder of migrated databases and a folder to work in. For every so
many statements a child process seals a log of several schools and days and dies by SIGKILL before that statement on
either database; a second child, after the leases, goes on. A third one seals a row that came later, verifies the log
and prints one JSON line.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
import time_machine

from tests.dying import later_and_later, must

STEP = 23
NOON = datetime(2025, 3, 3, 12, 0, tzinfo=UTC)
SCHOOLS, DAYS, ROWS = ("hill", "harbour", "portal"), 3, 5


def fill() -> None:
    """Write a log: seals of three rows at most make several of a day."""
    from classwaves_admin.warehouse.models import School
    from tests.factories import catalog as make

    for school in SCHOOLS:
        for number in range(DAYS * ROWS):
            at = NOON - timedelta(days=number % DAYS, minutes=number)
            make.audit_row(school=School(id=school), id=f"{school}-{number}", event_timestamp=at)


def seal() -> None:
    """Seal as the worker does: start a round where none is open, and work on what is due."""
    from django.db import transaction

    from audit.proof.steps import start_sealing
    from classwaves_admin.jobs import running
    from classwaves_admin.lib import clock
    from classwaves_admin.lib.actor import system
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.outbox import delivery

    delivery.deliver(even_if_resting=True)
    with system_scope(reason="test"):
        with transaction.atomic():
            start_sealing(by=system("seal"), now=clock.now())
        due = list(running.due(clock.now()).values_list("pk", flat=True))
    for job_id in due:
        while running.run(job_id):
            pass


def recover() -> None:
    """Seal once the leases of the dead process have run out."""
    from classwaves_admin.lib import clock

    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=True):
        seal()


def tell(at: int, killed: bool) -> None:
    """Seal a late row too, verify the log, and print one line."""
    from audit.models import Seal, SealedRow
    from audit.proof.chains import check_chain
    from audit.proof.checking import check_day, days_to_check
    from audit.proof.keys import public_keys
    from classwaves_admin.lib import clock
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.models import AuditLog, School
    from classwaves_admin.warehouse.outbox.models import OutboxEntry
    from tests.factories import catalog as make

    make.audit_row(school=School(id="hill"), id="late", event_timestamp=NOON - timedelta(days=1))
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=True), system_scope(reason="test"):
        seal()
        findings = [str(one) for school in SCHOOLS for one in check_chain(school, public_keys())]
        for school in SCHOOLS:
            for day in days_to_check(school):
                findings += map(str, check_day(school, day, looked_at=clock.now()).findings)
        sealed = SealedRow.objects.values_list("row_id", flat=True)
        events = Counter(AuditLog.objects.filter(event_type="audit.sealed").values_list("resource_id", flat=True))
        line = {
            "at": at,
            "killed": killed,
            "rows": sorted(row_id for row_id in sealed if row_id == "late" or row_id.partition("-")[0] in SCHOOLS),
            "findings": findings,
            "seals": Seal.objects.count(),
            "events": [len(events), max(events.values())],
            "entries": OutboxEntry.objects.count(),
        }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(prepared: Path, place: Path) -> None:
    """Kill later and later until a round lives through."""
    from audit.proof import rows, sealing

    def prepare() -> None:
        for path in place.glob("*.sqlite3*"):
            path.unlink()
        for path in prepared.glob("*.sqlite3"):
            shutil.copy(path, place)
        must(fill, "Writing the log")

    for module in (rows, sealing):
        vars(module).update(BATCH=3)
    later_and_later(prepare=prepare, work=seal, recover=recover, tell=tell, first=STEP, step=STEP)


if __name__ == "__main__":
    django.setup()
    main(*map(Path, sys.argv[1:]))
