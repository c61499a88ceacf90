"""People who act at the same moment, on databases that really let them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_people_who_act_at_once_leave_the_safe_outcome(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A double click counts once, a no beside a yes raises no flag, two desks ask once, two workers remind once."""
    portal = f"sqlite:///{tmp_path}/portal.sqlite3" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": portal,
        "WAREHOUSE_URL": f"sqlite:///{tmp_path}/warehouse.sqlite3",
        "CONSENT_REMINDER_HOUR": "0",
    }
    for database in ("default", "warehouse"):
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0", f"--database={database}"]
        subprocess.run(command, cwd=ROOT, env=env, check=True)
    program = [sys.executable, "-m", "tests.integration.consent.racing"]
    run = subprocess.run(program, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    outcome = json.loads(run.stdout)

    assert outcome["clicks"] == {"redirected": 2, "rows": 4, "answers": 4}
    for one in outcome["guardians"]:
        assert one == {"status": "conflict", "flags": False, "flagged": 1}
    assert set(outcome["offices"]) == {1}
    assert outcome["workers"] == {"mails": [12, 12], "ends": [1] * 12}
    assert outcome["code"] == []
    # The office beside parents and itself: one last word, one use of a code, nobody overwritten, no order evaded.
    assert all(one == {"one_word": True, "flags_agree": True} for one in outcome["paper"])
    assert all(one == {"took": 1, "answers": 4, "evidence": 1} for one in outcome["desks"])
    assert set(outcome["edits"]) == {1}
    assert not any(outcome["orders"])
    # What ends a request while somebody answers it waits, and so does the answer; a wish in two tabs opens one request.
    assert (outcome["birthday"], outcome["mailbox"]) == ([], [])
    assert set(outcome["wishes"]) == {1}
