"""kill -9 in the middle of a run: the next process ends with the same tables, files and counts as an unbroken one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit.proof.keys import new_key
from tests.installation import Installation

HERE = Path(__file__).parent


@pytest.mark.integration
@pytest.mark.slow
def test_kill_at_many_statements_ends_the_same(tmp_path: Path) -> None:
    """Wherever a process dies, the next one ends as if nothing had been: every row, every file, every number."""
    prepared = Installation(tmp_path / "prepared").folder
    work = Installation(tmp_path / "work", LOG_LEVEL="ERROR", AUDIT_SEAL_KEY=new_key()[0])
    lines = work.output(str(HERE / "runs_killed.py"), str(prepared), str(work.folder))
    *killed, unbroken = [json.loads(line) for line in lines]
    assert len(killed) >= 8, "two runs have more statements than this"
    assert all(result.pop("killed") for result in killed)
    assert not unbroken.pop("killed")
    del unbroken["at"]
    assert unbroken["runs"] == [["audit_log", "done"], ["session_records", "done"]]
    assert unbroken["tables"]["sessions.classroom_sessions"] == ["session-1", "session-2", "session-5"]
    assert unbroken["left"] == [["recording-1", "elsewhere"]]
    assert unbroken["log"] == []
    assert len(unbroken["let_go"]) == 5
    assert unbroken["entries"] == 0
    for result in killed:
        at = result.pop("at")
        assert result == unbroken, f"killed at {at}"
