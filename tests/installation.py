"""An installation of the portal in a folder of its own, for tests that start our processes."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.places import ROOT

PORTAL, WAREHOUSE = "portal.sqlite3", "warehouse.sqlite3"
# Names the folder of the test run (tests/settings.py).
RUN = "CLASSWAVES_TEST_VAR"
MIGRATE = """
import django; django.setup()
from django.core.management import call_command
for database in ("default", "warehouse"):
    call_command("migrate", database=database, verbosity=0)
"""


class Installation:
    """A folder with migrated databases and the environment of its processes.

    `portal` and `warehouse` put a database elsewhere than into the folder: whoever names one makes its tables. `like`
    is the folder of another installation whose data it begins with. `env` overrules the settings.
    """

    def __init__(
        self, folder: Path, *, portal: str = "", warehouse: str = "", like: Path | None = None, **env: str
    ) -> None:
        self.folder = folder
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
            "PYTHONPATH": str(ROOT),
            "VAR_DIR": str(folder),
            "DATABASE_URL": portal or f"sqlite:///{folder}/{PORTAL}",
            "WAREHOUSE_URL": warehouse or f"sqlite:///{folder}/{WAREHOUSE}",
            "BROKER_URL": "filesystem://",
            **env,
        }
        if like:
            shutil.copytree(like, folder)
            return
        folder.mkdir(exist_ok=True)
        if RUN not in os.environ:  # screenshots are no test run: there tools.prepare_data makes the tables
            return
        for name, elsewhere in ((PORTAL, portal), (WAREHOUSE, warehouse)):
            if not elsewhere:
                shutil.copy(migrated() / name, folder / name)

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start `python words` in it. `options` are those of Popen; `env` adds to the environment."""
        env = self.env | options.pop("env", {})
        return subprocess.Popen([sys.executable, *words], cwd=ROOT, env=env, text=True, **options)

    def output(self, *words: str, ends: int = 0, **env: str) -> list[str]:
        """Run `python words` and return the lines that it printed. Fails where it does not end with the code `ends`."""
        process = self.start(*words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate()
        assert process.returncode == ends, f"{words[:2]} ended with {process.returncode}: {err[-3000:]}"
        return out.splitlines()

    def run(self, *words: str, ends: int = 0, **env: str) -> str:
        """Do the same and return the last line."""
        return (self.output(*words, ends=ends, **env) or [""])[-1]

    def told(self, *words: str, **env: str) -> Any:
        """Do the same and return what the last line says as JSON."""
        return json.loads(self.run(*words, ends=0, **env))


def migrated() -> Path:
    """Return the folder of two migrated SQLite databases without rows: made once a run, for all its workers."""
    folder = Path(os.environ[RUN]) / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            env = os.environ | {
                "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
                "VAR_DIR": str(folder),
                "DATABASE_URL": f"sqlite:///{folder}/{PORTAL}",
                "WAREHOUSE_URL": f"sqlite:///{folder}/{WAREHOUSE}",
            }
            subprocess.run([sys.executable, "-c", MIGRATE], cwd=ROOT, env=env, check=True)
            (folder / "done").touch()
    return folder
