"""Kills a process before each of its SQL statements in turn, and shows what the next process makes of it.

Run as a program by test_killed.py, with a folder of migrated databases as its argument. For n = 1, 2, 3 … a
child process carries out one action with delivery and dies by SIGKILL before its n-th statement on either
database; a second child then delivers what is left. Prints one JSON line per n.
"""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import sys
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import django

from tests.dying import child, die_before, must

STUDENT = "student-1"


def act() -> None:
    """Write a consent row, its audit event and the flag, as an action does."""
    from django.db import transaction

    from audit.record import record
    from classwaves_admin.lib.actor import system
    from classwaves_admin.warehouse.models import Message, Student
    from classwaves_admin.warehouse.outbox import gateway

    with transaction.atomic():
        gateway.insert(
            Message(
                id="message-1", sender_id="t", sender_type="teacher", message_type="note", content="x",
                is_read=False, is_archived=False, is_deleted=False,
            )
        )  # fmt: skip
        record("consent.verified", by=system("test"), school_id="school-1", resource=("student", STUDENT))
        gateway.update(Student, STUDENT, has_parental_consent=True)


def recover() -> None:
    """Deliver what is left, as the next process does once the dead one's lease has run out."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.outbox import delivery, lease

    lease.now = lambda: now() + lease.LEASE + timedelta(seconds=1)  # type: ignore[attr-defined]
    delivery.deliver(even_if_resting=True)


def look(folder: Path) -> dict[str, Any]:
    """Return what both databases hold, read without Django."""
    with sqlite3.connect(folder / "warehouse.sqlite3") as warehouse:
        messages = warehouse.execute('SELECT count(*) FROM "communication.messages"').fetchone()[0]
        events = warehouse.execute('SELECT count(*) FROM "compliance.audit_log"').fetchone()[0]
        flag = warehouse.execute('SELECT has_parental_consent FROM "users.students"').fetchone()[0]
    with sqlite3.connect(folder / "portal.sqlite3") as portal:
        entries = portal.execute("SELECT count(*) FROM outbox_outboxentry").fetchone()[0]
    return {"messages": messages, "events": events, "flag": flag, "entries": entries}


def main(prepared: Path, folder: Path) -> None:
    """Kill before every statement in turn until the action lives through."""
    for number in count(1):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(prepared, folder)
        killed = child(partial(die_before, number, act)) == -signal.SIGKILL
        after_kill = look(folder)
        must(recover, "The second process")
        sys.stdout.write(
            json.dumps({"n": number, "killed": killed, "after_kill": after_kill, "recovered": look(folder)}) + "\n"
        )
        if not killed:
            return


if __name__ == "__main__":
    django.setup()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
