"""Kills a run before one statement after another, and shows what the next process makes of it.

Run as a program by test_runs_killed.py with a folder of migrated databases and a folder to work in. Two runs are
counted and approved: of sessions with parts, files and a hold, of which some are destroyed and some archived; and of a
sealed log. For every so many statements a child process works on them and dies by SIGKILL before that statement on
either database; a second child, after the leases, goes on. A third one prints what is left as one JSON line.

A third argument takes the steps smaller: 1 dies before every statement, in an hour.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import django
import time_machine

from tests.dying import later_and_later, must

FIRST, STEP = 5, 67
FOLDERS = ("private",)


def fill() -> None:
    """Make a school with old lessons and a sealed log, and two runs that are approved."""
    from audit.proof.steps import start_sealing
    from classwaves_admin.lib import clock
    from classwaves_admin.lib.actor import system
    from classwaves_admin.warehouse.inventory import Retention
    from retention.actions.runs import approve_run
    from tests.factories import catalog as make
    from tests.factories import holds, runs

    school = make.school(id="hill")
    for number, days in enumerate((1200, 1201, 1202, 500, 501, 10)):
        at = clock.now() - timedelta(days=days)
        meeting = make.session(school=school, id=f"session-{number}", created_at=at)
        seat = make.participant(session=meeting, id=f"seat-{number}")
        for turn in range(2):
            make.transcription(session=meeting, speaker=seat, id=f"turn-{number}-{turn}", created_at=at)
        path = "s3://elsewhere/a.opus" if number == 1 else _file(f"lesson/{number}.opus")
        make.recording(session=meeting, id=f"recording-{number}", file_path=path, created_at=at)
    holds.hold(school, session_id="session-2")
    for number in range(5):
        at = clock.now() - timedelta(days=2300 + number)
        make.audit_row(school=school, id=f"event-{number}", event_timestamp=at)
    start_sealing_now(partial(start_sealing, by=system("seal"), now=clock.now()))
    for kind in (Retention.SESSION_RECORDS, Retention.AUDIT_LOG):
        approve_run(run=runs.run(school, kind=kind), by=runs.COLLEAGUE, now=clock.now())


def start_sealing_now(start: Callable[[], object]) -> None:
    """Seal what is in the log."""
    from django.db import transaction

    with transaction.atomic():
        start()
    work()


def work() -> None:
    """Do what a worker does: deliver, and work on every job that is due."""
    from classwaves_admin.jobs import running
    from classwaves_admin.lib import clock
    from classwaves_admin.warehouse.outbox import delivery

    delivery.deliver(even_if_resting=True)
    for job_id in list(running.due(clock.now()).order_by("created_at", "id").values_list("pk", flat=True)):
        while running.run(job_id):
            pass


def recover() -> None:
    """Go on once the leases of the dead process have run out."""
    from classwaves_admin.lib import clock

    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=True):
        work()


def tell(at: int, killed: bool) -> None:
    """Print what is left as one line."""
    from django.apps import apps
    from django.core.files.storage import storages

    from audit.models import SealedRow
    from classwaves_admin.warehouse.models import AuditLog, BackgroundJob
    from classwaves_admin.warehouse.outbox.models import OutboxEntry
    from retention.models import ArchiveFile, Leftover, Run, Segment

    tables = {
        model._meta.db_table: sorted(model._default_manager.values_list("pk", flat=True))
        for model in apps.get_app_config("warehouse").get_models()
        if model not in {AuditLog, BackgroundJob}
    }
    columns = ("table", "fate", "month", "rows", "removed", "gone", "stayed")
    events = Counter(AuditLog.objects.filter(event_type="retention.purge_run").values_list("data_accessed", flat=True))
    line = {
        "at": at,
        "killed": killed,
        "tables": tables,
        "log": sorted(AuditLog.objects.filter(pk__startswith="event-").values_list("pk", flat=True)),
        "let_go": sorted(SealedRow.objects.exclude(disposed_at=None).values_list("row_id", flat=True)),
        "runs": sorted(Run.objects.values_list("policy_type", "state")),
        "jobs": sorted(BackgroundJob.objects.values_list("status", flat=True)),
        "segments": sorted(json.dumps(list(row)) for row in Segment.objects.values_list(*columns)),
        "left": sorted(Leftover.objects.values_list("row_id", "code")),
        "archives": sorted(ArchiveFile.objects.values_list("table", "month", "rows", "ids_sha256")),
        "files": sorted(storages["recordings"].listdir("lesson")[1]),
        "events": [len(events), max(events.values())],
        "entries": OutboxEntry.objects.count(),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _file(name: str) -> str:
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    return str(storages["recordings"].save(name, ContentFile(b"voice")))


def main(prepared: Path, place: Path, step: int = STEP) -> None:
    """Kill later and later until the runs live through."""
    from classwaves_admin.tenancy.scope import system_scope
    from retention.actions import planning, running

    for module in (planning, running):
        vars(module).update(MARK=2, SEGMENT=8, FIRST_MARKS=1, BREATH=0)
    with system_scope(reason="test"):
        _copy(prepared, place)
        must(fill, "Making the rows")
        _copy(place, prepared)
        later_and_later(
            prepare=partial(_copy, prepared, place), work=work, recover=recover, tell=tell, first=FIRST, step=step
        )


def _copy(source: Path, target: Path) -> None:
    for path in target.glob("*.sqlite3*"):
        path.unlink()
    for path in source.glob("*.sqlite3*"):
        shutil.copy(path, target)
    for folder in FOLDERS:
        shutil.rmtree(target / folder, ignore_errors=True)
        if (source / folder).exists():
            shutil.copytree(source / folder, target / folder)


if __name__ == "__main__":
    django.setup()
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
