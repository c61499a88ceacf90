"""What every process pays when it starts: web, worker, beat and each command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.making import kinds as files
from classwaves_admin.jobs import kinds as jobs

ROOT = Path(__file__).parents[2]
# Printing and Arrow: 130 MB and a second, for the few processes that make files.
HEAVY = ("weasyprint", "pyarrow", "pandas", "pypdfium2")
START = f"import django; django.setup(); import sys; print([name for name in {HEAVY} if name in sys.modules])"


def test_no_process_loads_what_makes_files(tmp_path: Path) -> None:
    """Kinds of files and heavy jobs are registered by name; whoever makes one imports what it takes."""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "classwaves_admin.settings", "VAR_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", START], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(jobs._KINDS))
def test_every_job_has_its_step(name: str) -> None:
    """A path of a registered job leads to a function."""
    assert callable(jobs.get(name).step)


@pytest.mark.parametrize("name", sorted(files._KINDS))
def test_every_file_has_its_maker(name: str) -> None:
    """A path of a registered kind of file leads to a function."""
    assert callable(files.get(name).maker)


def test_pages_do_not_load_the_printer(tmp_path: Path) -> None:
    """A web process knows every address without what prints: that comes with the first document."""
    start = START.replace(
        "import sys;", "import sys; from django.urls import get_resolver; get_resolver().url_patterns;"
    )
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "classwaves_admin.settings", "VAR_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", start], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert "weasyprint" not in done.stdout
    assert "pypdfium2" not in done.stdout
