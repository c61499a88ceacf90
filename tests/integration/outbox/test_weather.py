"""A warehouse that refuses, freezes, then recovers: actions go on, everything arrives once and in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
STATEMENT_SECONDS = 2


@pytest.mark.integration
@pytest.mark.postgres
@pytest.mark.slow
def test_bad_weather_delays_and_loses_nothing(postgres_url: str, tmp_path: Path) -> None:
    """People go on working while the warehouse is away; when it is back, order and number are right."""
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3",
        "WAREHOUSE_URL": postgres_url,
        "WAREHOUSE_STATEMENT_SECONDS": str(STATEMENT_SECONDS),
    }
    for database in ("default", "warehouse"):
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0", f"--database={database}"]
        subprocess.run(command, cwd=ROOT, env=env, check=True)
    parts = urlsplit(postgres_url)
    server = [str(part) for part in (parts.hostname, parts.port, parts.path.removeprefix("/"), parts.username)]
    run = subprocess.run(
        [sys.executable, HERE / "weather.py", *server], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)

    assert seen["refusing"] < 3, "a refused connection is noticed at once"
    assert seen["while resting"] < 0.5, "a warehouse that has just failed is left alone"
    assert seen["again clear"]["delivered"] == 4
    assert seen["frozen"] < STATEMENT_SECONDS + 9, "a frozen connection is cut"
    assert seen["still frozen"]["failed"]
    assert seen["waiting"] == seen["recovered"]["delivered"] == 2
    assert seen["messages"] == ["message-1", "message-2", "message-3", "message-4"]
    assert seen["events"] == ["1", "2", "3", "4"]
    assert seen["left"] == 0
