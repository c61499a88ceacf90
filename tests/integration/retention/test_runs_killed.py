"""kill -9 in the middle of a run: the next process ends with the same tables, files and counts as an unbroken one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.proof.keys import new_key

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.mark.integration
@pytest.mark.slow
def test_kill_at_many_statements_ends_the_same(tmp_path: Path) -> None:
    """Wherever a process dies, the next one ends as if nothing had been: every row, every file, every number."""
    prepared, work = tmp_path / "prepared", tmp_path / "work"
    prepared.mkdir()
    work.mkdir()
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "BROKER_URL": "memory://localhost",
        "LOG_LEVEL": "ERROR",
        "AUDIT_SEAL_KEY": new_key()[0],
        "VAR_DIR": str(work),
        "DATABASE_URL": f"sqlite:///{prepared}/portal.sqlite3",
        "WAREHOUSE_URL": f"sqlite:///{prepared}/warehouse.sqlite3",
    }
    for database in ("default", "warehouse"):
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0", f"--database={database}"]
        subprocess.run(command, cwd=ROOT, env=env, check=True)
    env |= {
        "DATABASE_URL": f"sqlite:///{work}/portal.sqlite3",
        "WAREHOUSE_URL": f"sqlite:///{work}/warehouse.sqlite3",
    }
    command = [sys.executable, str(HERE / "runs_killed.py"), str(prepared), str(work)]
    run = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    *killed, unbroken = [json.loads(line) for line in run.stdout.splitlines()]
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
