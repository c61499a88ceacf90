"""A worker that is killed in the middle of a portion: another goes on, and nothing is done twice."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from classwaves_admin.jobs.rules import LEASE
from tests.installation import Installation
from tests.integration.jobs.trial import KIND, TOTAL

pytestmark = [pytest.mark.integration, pytest.mark.slow]
READY = """
import django; django.setup()
from django.db import transaction
from classwaves_admin.jobs import actions, kinds, running
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from tests.installation import Installation
from tests.integration.jobs.trial import KIND, counting
kinds.register(KIND, counting, reason="a test")
"""
START = """
with transaction.atomic():
    print(actions.start(kind=KIND, subject_id={subject!r}, school_id=None, by=system("test"), now=now()).id)
"""
WORK = """
while running.run({job!r}):
    pass
"""


def test_a_killed_worker_is_followed_by_another(tmp_path: Path) -> None:
    """After SIGKILL in a portion the job is another's once the lease is over, and every number stands there once."""
    portal = Installation(tmp_path)
    counted = tmp_path / "counted"
    job_id = portal.run("-c", READY + START.format(subject=str(counted)))
    work = ["-c", READY + WORK.format(job=job_id)]
    worker = portal.start(*work, env={"TRIAL_SLEEP": "0.5"})
    try:
        wait_for_lines(counted, 2)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=10)

    portal.run(*work)
    assert job(tmp_path) == "running", "the dead worker's lease must hold for a while"
    let_the_lease_end(tmp_path)
    portal.run(*work)
    assert job(tmp_path) == "done"
    assert counted.read_text(encoding="utf-8").split() == [str(number) for number in range(TOTAL)]


def wait_for_lines(path: Path, number: int) -> None:
    """Wait until the worker has written so many lines."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.exists() and len(path.read_text(encoding="utf-8").split()) >= number:
            return
        time.sleep(0.05)
    raise AssertionError("the worker has not begun")


def job(folder: Path) -> str:
    """Return the state of the one job."""
    with sqlite3.connect(folder / "portal.sqlite3") as portal:
        return str(portal.execute("SELECT state FROM jobs_job WHERE kind = ?", [KIND]).fetchone()[0])


def let_the_lease_end(folder: Path) -> None:
    """Let the time of a claim pass."""
    seconds = int(LEASE.total_seconds()) + 1
    with sqlite3.connect(folder / "portal.sqlite3") as portal:
        portal.execute("UPDATE jobs_job SET claimed_at = datetime(claimed_at, ?)", [f"-{seconds} seconds"])
