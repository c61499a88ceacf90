"""kill -9 in the middle of sealing: no row is sealed twice, none is skipped, and the chain is whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.audit.proof.sealing_killed import DAYS, ROWS, SCHOOLS

HERE = Path(__file__).parent
ROOT = HERE.parents[3]


@pytest.mark.integration
@pytest.mark.slow
def test_kill_at_many_statements_seals_each_row_once(tmp_path: Path) -> None:
    """Wherever a process dies, the next one seals what is left; the verification finds nothing."""
    prepared, work = tmp_path / "prepared", tmp_path / "work"
    prepared.mkdir()
    work.mkdir()
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "BROKER_URL": "memory://localhost",
        "LOG_LEVEL": "ERROR",
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
    command = [sys.executable, str(HERE / "sealing_killed.py"), str(prepared), str(work)]
    run = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(results) > 10, "sealing has more statements than this"
    assert [result["killed"] for result in results] == [True] * (len(results) - 1) + [False]
    rows = sorted(["late", *(f"{school}-{number}" for school in SCHOOLS for number in range(DAYS * ROWS))])
    for result in results:
        at = f"killed at {result['at']}"
        assert result["findings"] == [], at
        assert result["rows"] == rows, at
        assert result["events"] == [result["seals"], 1], f"{at}: seals and their events differ"
        assert result["entries"] == 0, at
