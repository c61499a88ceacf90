"""Sealing and verifying on the distributed engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.audit.proof.sealing_on_spark import TEXTS

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.integration
@pytest.mark.warehouse
@pytest.mark.slow
def test_seals_and_findings_without_a_primary_key(spark_catalog: str, tmp_path: Path) -> None:
    """Rows of all sorts are sealed as they come back; a copy, a removed and an altered row are named, no erased one."""
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3",
        "WAREHOUSE_URL": spark_catalog,
        "WAREHOUSE_STATEMENT_SECONDS": "60",
    }
    for command in (["migrate", "--verbosity=0", "--database=default"], ["catalog", "create"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True, capture_output=True)
    program = [sys.executable, "-m", "tests.integration.audit.proof.sealing_on_spark"]
    run = subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert json.loads(run.stdout) == {
        "sealed": len(TEXTS),
        "after sealing": [["doubled", "hill-1"]],
        "after erasing": [["removed", "hill-1"]],
        "after a change": [["removed", "hill-1"], ["altered", "hill-4"]],
    }
