"""A worker that is killed in the middle of a portion: another goes on, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from classwaves_admin.jobs.rules import LEASE
from tests.integration.jobs.trial import KIND, TOTAL

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ROOT = Path(__file__).parents[3]
READY = """
import django; django.setup()
from django.db import transaction
from classwaves_admin.jobs import actions, kinds, running
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
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
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3",
        "WAREHOUSE_URL": f"sqlite:///{tmp_path}/warehouse.sqlite3",
        "BROKER_URL": "filesystem://",
    }

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=env, check=True, capture_output=True, text=True
        ).stdout

    run("-m", "django", "migrate", "--verbosity=0")
    counted = tmp_path / "counted"
    job_id = run("-c", READY + START.format(subject=str(counted))).split()[-1]
    work = ["-c", READY + WORK.format(job=job_id)]
    worker = subprocess.Popen([sys.executable, *work], cwd=ROOT, env=env | {"TRIAL_SLEEP": "0.5"})
    try:
        wait_for_lines(counted, 2)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=10)

    run(*work)
    assert job(tmp_path) == "running", "the dead worker's lease must hold for a while"
    let_the_lease_end(tmp_path)
    run(*work)
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
