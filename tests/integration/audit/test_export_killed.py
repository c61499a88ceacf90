"""Workers of real processes: one that is killed is followed by another, and memory does not grow with the rows."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.proof.keys import new_key
from audit.proof.verifier import check_pack
from classwaves_admin.jobs.rules import LEASE
from tests.installation import Installation

pytestmark = [pytest.mark.integration, pytest.mark.slow]
PROGRAM = "tests.integration.audit.export_program"
# What a worker needs without any export, and the batches on their way.
MOST_MEGABYTES = 300


class Exporting(Installation):
    """An installation whose worker exports."""

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
        worker = self.start("-m", PROGRAM, "work", env=env)
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
def installation(tmp_path: Path) -> Exporting:
    """Give an empty installation."""
    return Exporting(tmp_path, AUDIT_SEAL_KEY=new_key()[0])


def csv_rows(path: str) -> list[tuple[str, str]]:
    """Return moment and id of each row of a CSV file."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return [(row["event_timestamp"], row["id"]) for row in csv.DictReader(file)]


def test_a_killed_worker_costs_a_portion_and_no_row(installation: Exporting) -> None:
    """After SIGKILL in the midst another goes on: every row stands in the file once, newest first."""
    rows = 40_000
    installation.run("-m", PROGRAM, "ask", "csv", str(rows))
    installation.kill_worker(lambda state: state["rows"] > rows // 10, EXPORT_PORTION="500")
    assert installation.state()["rows"] < rows, "it was killed too late"
    told: dict[str, Any] = installation.told("-m", PROGRAM, "work")
    assert (told["state"], told["rows"]) == ("done", rows)
    found = csv_rows(told["files"][0])
    assert len(found) == len(set(found)) == rows
    assert found == sorted(found, reverse=True)


def test_a_worker_killed_while_it_packs_leaves_a_whole_zip(installation: Exporting) -> None:
    """Killed while it proves rows and again while it packs, the file is whole, counted, and its verifier content."""
    rows, small = 5_000, {"EXPORT_PORTION": "200", "EXPORT_PACKED": "100000"}
    installation.run("-m", PROGRAM, "ask", "zip", str(rows))
    installation.kill_worker(lambda state: state["rows"] > rows // 10, **small)
    installation.kill_worker(lambda state: bool(state["members"]), **small)
    told: dict[str, Any] = installation.told("-m", PROGRAM, "work", **small)
    assert (told["state"], told["rows"]) == ("done", rows), told["failure"]
    result = check_pack(Path(told["files"][0]))
    assert (result.proved, result.unsealed, result.findings) == (0, rows, [])


@pytest.mark.parametrize(("form", "rows"), [("parquet", 150_000), ("zip", 75_000)])
def test_memory_is_flat(installation: Exporting, form: str, rows: int) -> None:
    """75 MB of CSV pass through a worker of less than 300 MB, and half of it twice, for a ZIP holds JSON Lines too."""
    installation.run("-m", PROGRAM, "ask", form, str(rows))
    told = installation.told("-m", PROGRAM, "work")
    assert (told["state"], told["rows"]) == ("done", rows), told["failure"]
    assert told["megabytes"] < MOST_MEGABYTES
