"""Kills a process at each of its statements to the local SQL warehouse, and shows what the next one makes of it.

Run as a program by test_killed_on_spark.py, with the environment of a prepared portal. For n = 1, 2, 3 … a child
process carries out one action with delivery. It dies by SIGKILL before its n-th MERGE, or while the n-th runs: the
warehouse may carry that one out. A second child delivers what is left, and a third delivers all of it once more.
Prints one JSON line for each death.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import django

from tests.dying import child, must
from tests.integration.outbox.killed import recover

SCHOOL = "school-1"
EVENTS = 40


def die(after: float = 0.0) -> None:
    """End this process as `kill -9` does."""
    time.sleep(after)
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(at: int, *, seconds_in: float | None) -> Callable[..., Any]:
    """Return an execute wrapper that kills this process before MERGE number `at`, or so many seconds into it."""
    merges = count(1)

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("MERGE") and next(merges) == at:
            if seconds_in is None:
                die()
            threading.Thread(target=die, args=[seconds_in], daemon=True).start()
            execute(sql, params, many, context)
            die()  # the statement was quicker
        return execute(sql, params, many, context)

    return wrapper


def act(name: str) -> None:
    """Write many audit events, a message and, last, the flag of a student, as an action does."""
    from django.db import transaction

    from audit.record import record
    from classwaves_admin.lib.actor import system
    from classwaves_admin.warehouse.models import Message, Student
    from classwaves_admin.warehouse.outbox import gateway

    with transaction.atomic():
        for number in range(EVENTS):
            record("student.viewed", by=system(name), school_id=SCHOOL, resource=("student", f"{number:03}"))
        gateway.insert(
            Message(
                id=name, sender_id="t", sender_type="teacher", message_type="note", content="x",
                is_read=False, is_archived=False, is_deleted=False,
            )
        )  # fmt: skip
        gateway.update(Student, name, has_parental_consent=True)


def act_to_death(name: str, at: int, seconds_in: float | None) -> None:
    """Carry the action out until the end that was chosen."""
    from django.db import connections

    with connections["warehouse"].execute_wrapper(deadly(at, seconds_in=seconds_in)):
        act(name)


def replay(kept: list[dict[str, Any]]) -> None:
    """Deliver entries that had been delivered once more."""
    from classwaves_admin.warehouse.outbox.apply import apply
    from classwaves_admin.warehouse.outbox.models import OutboxEntry

    apply([OutboxEntry(**entry) for entry in kept])


def waiting() -> list[dict[str, Any]]:
    """Return what waits in the outbox."""
    from classwaves_admin.warehouse.outbox.models import OutboxEntry

    columns = ("id", "unit", "table", "row_id", "operation", "payload")
    return [dict(entry) for entry in OutboxEntry.objects.order_by("id").values(*columns)]


def look(name: str) -> dict[str, int]:
    """Return what the catalog holds of an action, and what still waits."""
    from classwaves_admin.warehouse.models import AuditLog, Message, Student

    return {
        "events": AuditLog.objects.filter(actor_id=f"system:{name}").count(),
        "messages": Message._base_manager.filter(id=name).count(),
        "flag": Student.objects.filter(id=name, has_parental_consent=True).count(),
        "entries": len(waiting()),
    }


def live(name: str, at: int, seconds_in: float | None) -> dict[str, Any]:
    """Let one process die and others go on; return what was seen. Connections are opened anew on either side."""
    from django.db import connections

    from tests.factories import catalog as make

    make.student(id=name, school_id=SCHOOL)
    connections.close_all()
    killed = child(lambda: act_to_death(name, at, seconds_in)) == -signal.SIGKILL
    left, kept = look(name), waiting()
    connections.close_all()
    must(recover, "The second process")
    recovered = look(name)
    connections.close_all()
    must(lambda: replay(kept), "The third process")
    replayed = look(name)
    return {"killed": killed, "left": left, "recovered": recovered, "replayed": replayed}


def main(seed: int) -> None:
    """Kill before and within each MERGE in turn, until the action lives through."""
    from classwaves_admin.tenancy.scope import system_scope

    dice = random.Random(seed)
    with system_scope(reason="test"):
        for at in count(1):
            for seconds_in in (None, dice.uniform(0, 0.4)):
                seen = live(f"death-{at}-{'in' if seconds_in else 'before'}", at, seconds_in)
                sys.stdout.write(json.dumps({"at": at, "seconds_in": seconds_in} | seen) + "\n")
                if not seen["killed"]:
                    return


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
