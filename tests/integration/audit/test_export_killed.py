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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.proof.keys import new_key
from audit.proof.verifier import check_pack
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
            "AUDIT_SEAL_KEY": new_key()[0],
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

    def state(self) -> dict[str, Any]:
        """Return what the worker has noted of its files."""
        for state in self.folder.glob("private/making/*/state.json"):
            return dict(json.loads(state.read_text()))
        return {"rows": 0, "members": []}

    def kill_worker(self, when: Callable[[dict[str, Any]], bool], **env: str) -> None:
        """Let a worker work until it has noted what is waited for, and kill it."""
        worker = subprocess.Popen([sys.executable, "-m", PROGRAM, "work"], cwd=ROOT, env=self.env | env)
        try:
            deadline = time.monotonic() + 120
            while not when(self.state()):
                assert time.monotonic() < deadline, "the worker has not come so far"
                assert worker.poll() is None, "it was killed too late"
                time.sleep(0.01)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait(timeout=10)
        self.let_the_lease_end()


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Give an empty installation."""
    return Installation(tmp_path)


def csv_rows(path: str) -> list[tuple[str, str]]:
    """Return moment and id of each row of a CSV file."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return [(row["event_timestamp"], row["id"]) for row in csv.DictReader(file)]


def test_a_killed_worker_costs_a_portion_and_no_row(installation: Installation) -> None:
    """After SIGKILL in the midst another goes on: every row stands in the file once, newest first."""
    rows = 40_000
    installation.run(PROGRAM, "ask", "csv", str(rows))
    installation.kill_worker(lambda state: state["rows"] > rows // 10, EXPORT_PORTION="500")
    assert installation.state()["rows"] < rows, "it was killed too late"
    told: dict[str, Any] = json.loads(installation.run(PROGRAM, "work"))
    assert (told["state"], told["rows"]) == ("done", rows)
    found = csv_rows(told["files"][0])
    assert len(found) == len(set(found)) == rows
    assert found == sorted(found, reverse=True)


def test_a_worker_killed_while_it_packs_leaves_a_whole_zip(installation: Installation) -> None:
    """Killed while it proves rows and again while it packs, the file is whole, counted, and its verifier content."""
    rows, small = 5_000, {"EXPORT_PORTION": "200", "EXPORT_PACKED": "100000"}
    installation.run(PROGRAM, "ask", "zip", str(rows))
    installation.kill_worker(lambda state: state["rows"] > rows // 10, **small)
    installation.kill_worker(lambda state: bool(state["members"]), **small)
    told: dict[str, Any] = json.loads(installation.run(PROGRAM, "work", **small))
    assert (told["state"], told["rows"]) == ("done", rows), told["failure"]
    result = check_pack(Path(told["files"][0]))
    assert (result.proved, result.unsealed, result.findings) == (0, rows, [])


@pytest.mark.parametrize("form", ["parquet", "zip"])
def test_memory_is_flat(installation: Installation, form: str) -> None:
    """150,000 rows, some 75 MB of CSV, pass through a worker of less than 300 MB; a ZIP holds CSV and JSON Lines."""
    rows = 150_000
    installation.run(PROGRAM, "ask", form, str(rows))
    told = json.loads(installation.run(PROGRAM, "work"))
    assert (told["state"], told["rows"]) == ("done", rows), told["failure"]
    assert told["megabytes"] < MOST_MEGABYTES
