"""Both databases on one PostgreSQL server, as an installation on one server has them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import Server

ROOT = Path(__file__).parents[3]


def manage(url: dict[str, str], *arguments: str) -> str:
    """Run `manage.py` as an operator would, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "classwaves_admin.settings"} | url,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.postgres
@pytest.mark.integration
@pytest.mark.slow
def test_both_databases_live_on_postgresql(postgres_server: Server, postgres_url: str) -> None:
    """Migrations of all apps run, the catalog is clean, and `create` then finds nothing to make."""
    portal = f"portal_{os.getpid()}"
    postgres_server.run(f"DROP DATABASE IF EXISTS {portal} WITH (FORCE)")
    postgres_server.run(f"CREATE DATABASE {portal}")
    urls = {"DATABASE_URL": postgres_server.url(portal), "WAREHOUSE_URL": postgres_url}
    manage(urls, "migrate", "--verbosity=0")
    manage(urls, "migrate", "--database=warehouse", "--verbosity=0")
    assert "all 27 tables and 420 columns" in manage(urls, "catalog", "check")
    assert "Nothing was missing." in manage(urls, "catalog", "create")
    assert "No planned migration operations" in manage(urls, "migrate", "--plan")


@pytest.mark.postgres
@pytest.mark.integration
def test_one_database_for_both_is_refused(postgres_url: str) -> None:
    """No command begins where both URLs name one database."""
    with pytest.raises(AssertionError, match="name the same database"):
        manage({"DATABASE_URL": postgres_url, "WAREHOUSE_URL": postgres_url}, "check")
