"""kill -9 of the process that delivers, between and within its statements, on the distributed engine."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.outbox.killed_on_spark import EVENTS

ROOT = Path(__file__).resolve().parents[3]
SEED = int(os.environ.get("POWER_SEED") or random.randrange(1_000_000))
ALL = {"events": EVENTS, "messages": 1, "flag": 1, "entries": 0}


@pytest.mark.integration
@pytest.mark.warehouse
@pytest.mark.slow
def test_a_process_that_dies_in_delivery_loses_and_doubles_nothing(spark_catalog: str, tmp_path: Path) -> None:
    """Without transactions, too: what was committed arrives once, flags last, and a second delivery changes nothing."""
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
    program = [sys.executable, "-m", "tests.integration.outbox.killed_on_spark", str(SEED)]
    run = subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    sys.stdout.write(f"POWER_SEED={SEED}\n{run.stdout}")
    deaths = [json.loads(line) for line in run.stdout.splitlines()]

    assert [death["at"] for death in deaths] == [1, 1, 2, 2, 3, 3, 4]
    assert [death["killed"] for death in deaths] == [True] * 6 + [False]
    for death in deaths:
        left = death["left"]
        assert left["flag"] <= left["messages"] <= left["events"] / EVENTS <= 1, f"out of order: {death}"
        assert death["recovered"] == death["replayed"] == ALL, death
