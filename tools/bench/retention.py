"""`make bench-retention`: a run that destroys a million of five million transcripts, next to one plain DELETE.

    .venv/bin/python -m tools.bench.retention [--rows 500000] [--turns 2]

The rows are made once and kept in var/bench/retention; each turn works on a copy. Another process writes meanwhile and
measures how long it waits.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.bench.audit import prepare
from tools.bench.figures import Figure, shown, write
from tools.places import ROOT
from tools.terminal import say, speak

FOLDER = ROOT / "var" / "bench" / "retention"
ROWS = 5_000_000
# Of the two years, so much is past its days: of the rows of one of two schools, a fifth of all.
PART = 0.4
# Rows a second of one plain DELETE, and how long another writer may wait.
BAR, WAIT = 0.6, 100.0
_DELETE = """DELETE FROM "sessions.transcriptions" WHERE created_at <= ? AND session_id IN
(SELECT id FROM "sessions.classroom_sessions" WHERE school_id = ?)"""


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="tools.bench.retention", description="Measure a run of retention.")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--turns", type=int, default=2, help="how often each way is measured")
    options = parser.parse_args()
    folder = FOLDER / str(options.rows)
    kept, path = folder / "kept.sqlite3", folder / "warehouse.sqlite3"
    _copy(kept, path)
    prepare(folder, f"sqlite:///{path}")
    from django.db import connections

    from tools.bench import retention_rows

    connections["warehouse"].close()

    if not retention_rows.is_full(path, options.rows):
        retention_rows.fill(path, options.rows)
        _copy(path, kept)
    measure(kept, path, options)


def measure(kept: Path, path: Path, options: argparse.Namespace) -> None:
    """Delete in both ways in turn, each from a fresh copy, and tell."""
    plain: list[float] = []
    ours: list[float] = []
    counted: list[float] = []
    longest: list[float] = []
    waits: list[float] = []
    for turn in range(options.turns):
        say(f"Turn {turn + 1} of {options.turns}: one DELETE, then a run ...")
        _copy(kept, path)
        with written_meanwhile(path) as waited:
            plain.append(_plain(path))
        longest.append(max(waited))
        _copy(kept, path)
        with written_meanwhile(path) as waited:
            took = _run()
        counted.append(took[0])
        ours.append(took[1])
        waits.extend(waited)
    in_order = statistics.quantiles(waits, n=100)
    write(
        "retention",
        shown(
            [
                Figure("one DELETE, the longest wait of another writer", max(longest), "ms"),
                Figure("rows counted before a run", statistics.median(counted), "rows/s"),
                Figure("rows a run destroys", statistics.median(ours), "rows/s", statistics.median(plain), BAR),
                Figure("another writer's wait, p95", in_order[94], "ms", better="lower"),
                Figure("another writer's wait, p99", in_order[98], "ms", bar=WAIT, better="lower"),
                Figure("another writer's wait, the longest", max(waits), "ms", better="lower"),
            ]
        ),
    )


@contextmanager
def written_meanwhile(path: Path) -> Iterator[list[float]]:
    """Let another process write while the block runs; the list holds its waits in milliseconds afterwards."""
    command = [sys.executable, "-m", "tools.bench.retention_writer", str(path)]
    waits: list[float] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        time.sleep(0.5)
        yield waits
        told, _ = writer.communicate("")
    waits.extend(json.loads(told))


def _cut_off() -> datetime:
    from tools.bench.retention_rows import DAYS

    return datetime.now(UTC) - timedelta(days=DAYS * (1 - PART))


def _plain(path: Path) -> float:
    """Return how many rows a second one DELETE takes away."""
    from tools.bench.retention_rows import SCHOOL

    database = sqlite3.connect(path, isolation_level=None, timeout=60)
    database.execute("PRAGMA synchronous = NORMAL")
    began = time.perf_counter()
    database.execute("BEGIN IMMEDIATE")
    gone = database.execute(_DELETE, [f"{_cut_off():%Y-%m-%d %H:%M:%S}", SCHOOL]).rowcount
    database.execute("COMMIT")
    seconds = time.perf_counter() - began
    database.close()
    say(f"  one DELETE: {gone:,} rows in {seconds:.1f} s")
    return gone / seconds


def _run() -> tuple[float, float]:
    """Return how many rows a second a run counts, and destroys."""
    from django.db import connections

    from classwaves_admin.jobs import running
    from classwaves_admin.jobs.models import Job
    from classwaves_admin.lib.actor import Actor, ActorType
    from classwaves_admin.lib.clock import now
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.inventory import Retention
    from retention.actions import runs
    from retention.models import Run
    from tools.bench.retention_rows import DAYS, SCHOOL

    def worked(run: Run, kind: str) -> float:
        began = time.perf_counter()
        job = Job.objects.get(subject_id=run.pk, kind=kind)
        while running.run(job.pk):
            pass
        return time.perf_counter() - began

    connections["warehouse"].close()
    by, other = Actor("bench-1", ActorType.ADMIN), Actor("bench-2", ActorType.ADMIN)
    with system_scope(reason="bench"):
        _policy(SCHOOL, round(DAYS * (1 - PART)))
        run = runs.ask_run(school_id=SCHOOL, kind=Retention.TRANSCRIPTS, by=by, now=now())
        counting = worked(run, runs.PLAN)
        rows = runs.planned_rows(run)
        runs.approve_run(run=run, by=other, now=now())
        seconds = worked(run, runs.RUN)
        run.refresh_from_db()
        gone = sum(run.segments.values_list("removed", flat=True))
    connections["warehouse"].close()
    say(f"  a run, {run.state}: {gone:,} of {rows:,} rows in {seconds:.1f} s, counted in {counting:.1f} s")
    return rows / counting, gone / seconds


def _policy(school_id: str, days: int) -> None:
    from django.db import transaction

    from classwaves_admin.warehouse.models import RetentionPolicy
    from classwaves_admin.warehouse.outbox import gateway

    with transaction.atomic():
        gateway.insert(
            RetentionPolicy(
                school_id=school_id,
                policy_type="transcripts",
                retention_days=days,
                delete_after_days=days,
                legal_basis="bench",
                auto_delete_enabled=False,
            )
        )


def _copy(source: Path, target: Path) -> None:
    """Put a copy of a database in the place of another, which nobody has open."""
    for ending in ("-wal", "-shm"):
        Path(f"{target}{ending}").unlink(missing_ok=True)
    if source.exists():
        shutil.copy(source, target)


if __name__ == "__main__":
    speak(main)
