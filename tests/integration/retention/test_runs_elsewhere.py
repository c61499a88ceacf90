"""Runs on PostgreSQL and on the distributed engine do what they do on SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation

PROGRAM = "tests.integration.retention.runs_elsewhere"
pytestmark = [pytest.mark.integration, pytest.mark.warehouse, pytest.mark.slow]


def told(url: str, folder: Path, create: list[str], *, kinds: list[str]) -> dict[str, Any]:
    """Make the tables on an empty engine, run the program there, and return what it printed."""
    portal = Installation(folder, warehouse=url, WAREHOUSE_STATEMENT_SECONDS="60")
    portal.run("manage.py", *create)
    return dict(portal.told("-m", PROGRAM, *kinds))


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
