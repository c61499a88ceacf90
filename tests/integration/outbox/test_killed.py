"""kill -9 between every two statements: nothing is lost, nothing is doubled, flags come last."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.installation import Installation

HERE = Path(__file__).parent
SCHOOL = (
    'INSERT INTO "users.students" (id, display_name, school_id, status, has_parental_consent, data_sharing_consent,'
    " audio_recording_consent, created_at, updated_at) VALUES ('student-1', 'A', 'school-1', 'active', 0, 0, 0,"
    " '2026-01-01', '2026-01-01')"
)


@pytest.mark.integration
@pytest.mark.slow
def test_kill_before_each_statement_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Whatever statement a process dies at, the next one brings exactly what was committed."""
    prepared = Installation(tmp_path / "prepared").folder
    work = Installation(tmp_path / "work")
    with sqlite3.connect(prepared / "warehouse.sqlite3") as warehouse:
        warehouse.execute(SCHOOL)
    lines = work.output(str(HERE / "killed.py"), str(prepared), str(work.folder))
    results = [json.loads(line) for line in lines]

    assert len(results) > 15, "the action has more statements than this"
    assert [result["killed"] for result in results] == [True] * (len(results) - 1) + [False]
    nothing = {"messages": 0, "events": 0, "flag": 0, "entries": 0}
    everything = {"messages": 1, "events": 1, "flag": 1, "entries": 0}
    outcomes = set()
    for result in results:
        left = result["after_kill"]
        assert left["flag"] <= left["events"] <= left["messages"], f"out of order when killed at {result['n']}"
        committed = left["entries"] or left["messages"]
        assert result["recovered"] == (everything if committed else nothing), f"killed at {result['n']}"
        outcomes.add(bool(committed))
    assert outcomes == {True, False}, "deaths before and after the commit were both seen"
