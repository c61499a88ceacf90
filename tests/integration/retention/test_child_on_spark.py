"""One child's deletion on the distributed engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.integration
@pytest.mark.warehouse
@pytest.mark.slow
def test_one_childs_rows_go_and_it_is_proved(spark_catalog: str, tmp_path: Path) -> None:
    """As on SQLite: deleted, emptied, read again; the classmate's words, seat and insight stay."""
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3",
        "WAREHOUSE_URL": spark_catalog,
        "WAREHOUSE_STATEMENT_SECONDS": "60",
        "BROKER_URL": "filesystem://",
    }
    for command in (["migrate", "--verbosity=0", "--database=default"], ["catalog", "create"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True, capture_output=True)
    program = [sys.executable, "-m", "tests.integration.retention.leaving", "lesson"]
    run = subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert (told["state"], told["stop"], told["completed"]) == ("done", {}, True)
    assert told["name"] == "Deleted student"
    assert told["left"] == {
        "sessions.transcriptions": 1,
        "sessions.participants": 1,
        "communication.messages": 0,
        "audio.recordings": 0,
        "ai_insights.educational_insights": 1,
    }
