"""Workers of real processes: one that is killed is followed by another, and memory does not grow with the rows."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from classwaves_admin.jobs.rules import LEASE

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ROOT = Path(__file__).parents[3]
PROGRAM = "tests.integration.audit.export_program"
# What a worker needs without any export, and the batches on their way.
MOST_MEGABYTES = 300


class Installation:
    """A migrated installation in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
            "WAREHOUSE_URL": f"sqlite:///{folder}/warehouse.sqlite3",
            "BROKER_URL": "filesystem://",
        }
        for database in ("default", "warehouse"):
            self.run("django", "migrate", "--verbosity=0", f"--database={database}")

    def run(self, *words: str, **env: str) -> str:
        """Run a module and return the last line that it printed."""
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.env | env, check=True, capture_output=True, text=True)
        return (done.stdout.splitlines() or [""])[-1]

    def let_the_lease_end(self) -> None:
        """Let the time of a claim pass."""
        seconds = int(LEASE.total_seconds()) + 1
        with sqlite3.connect(self.folder / "portal.sqlite3") as portal:
            portal.execute("UPDATE jobs_job SET claimed_at = datetime(claimed_at, ?)", [f"-{seconds} seconds"])

    def written(self) -> int:
        """Return how many rows the worker has noted."""
        for state in self.folder.glob("private/making/*/state.json"):
            return int(json.loads(state.read_text())["rows"])
        return 0


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Give an empty installation."""
    return Installation(tmp_path)


def csv_ids(path: str) -> list[str]:
    """Return the ids of a CSV file."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return [row["id"] for row in csv.DictReader(file)]


def test_a_killed_worker_costs_a_portion_and_no_row(installation: Installation) -> None:
    """After SIGKILL in the midst another goes on: every row stands in the file once, newest first."""
    rows = 40_000
    installation.run(PROGRAM, "ask", "csv", str(rows))
    worker = subprocess.Popen(
        [sys.executable, "-m", PROGRAM, "work"], cwd=ROOT, env=installation.env | {"EXPORT_PORTION": "500"}
    )
    try:
        deadline = time.monotonic() + 60
        while installation.written() < rows // 10:
            assert time.monotonic() < deadline, "the worker has not begun"
            time.sleep(0.01)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=10)
    assert installation.written() < rows, "it was killed too late"
    installation.let_the_lease_end()
    told: dict[str, Any] = json.loads(installation.run(PROGRAM, "work"))
    assert (told["state"], told["rows"]) == ("done", rows)
    ids = csv_ids(told["files"][0])
    assert len(ids) == len(set(ids)) == rows
    assert ids == sorted(ids, reverse=True)


def test_memory_is_flat(installation: Installation) -> None:
    """300,000 rows, some 150 MB of CSV, pass through a worker of less than 300 MB."""
    rows = 300_000
    installation.run(PROGRAM, "ask", "csv", str(rows))
    told = json.loads(installation.run(PROGRAM, "work"))
    assert (told["state"], told["rows"]) == ("done", rows), told["failure"]
    assert told["megabytes"] < MOST_MEGABYTES
