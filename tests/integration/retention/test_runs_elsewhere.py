"""Runs on PostgreSQL and on the distributed engine do what they do on SQLite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "tests.integration.retention.runs_elsewhere"
pytestmark = [pytest.mark.integration, pytest.mark.warehouse, pytest.mark.slow]


def told(url: str, folder: Path, create: list[str], *, kinds: list[str]) -> dict[str, Any]:
    """Make the tables on an empty engine, run the program there, and return what it printed."""
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "BROKER_URL": "memory://localhost",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
        "WAREHOUSE_URL": url,
        "WAREHOUSE_STATEMENT_SECONDS": "60",
    }
    for command in (["migrate", "--verbosity=0", "--database=default"], create):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True, capture_output=True)
    run = subprocess.run(
        [sys.executable, "-m", PROGRAM, *kinds], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return dict(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.postgres
def test_runs_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """Rows are read and deleted on one snapshot, parts first; a set that grew stays whole."""
    tables = ("sessions.classroom_sessions", "sessions.participants", "sessions.transcriptions")
    create = ["migrate", "--verbosity=0", "--database=warehouse"]
    assert told(postgres_url, tmp_path, create, kinds=["session_records", "audit_log"]) == {
        "states": ["done", "done", "aborted"],
        "lessons": ["lesson-1", "lesson-3"],
        "seats": ["seat-1", "seat-3"],
        "turns": ["late-0", "late-1", "turn-1", "turn-3"],
        "log": ["event-1"],
        "removed": ["compliance.audit_log 1", *(f"{table} 1" for table in tables for _ in range(2))],
        "archived": [[table, 1] for table in tables],
    }


def test_runs_on_spark(spark_catalog: str, tmp_path: Path) -> None:
    """There is no transaction: rows are deleted by the list of their ids, right after they were read."""
    assert told(spark_catalog, tmp_path, ["catalog", "create"], kinds=["transcripts"]) == {
        "states": ["done", "aborted"],
        "lessons": [f"lesson-{number}" for number in range(4)],
        "seats": [f"seat-{number}" for number in range(4)],
        "turns": ["late-0", "late-1", "turn-1", "turn-3"],
        "log": ["event-0", "event-1"],
        "removed": ["sessions.transcriptions 1", "sessions.transcriptions 1"],
        "archived": [["sessions.transcriptions", 1]],
    }
