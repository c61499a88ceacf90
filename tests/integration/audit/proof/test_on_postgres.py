"""Sealing and verifying with both databases on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import Server

HERE = Path(__file__).parent
# Emptying all tables between tests takes PostgreSQL a second, so they are few.
CHOSEN = (
    "test_any_log.py",
    "test_erasing.py::test_rows_that_retention_deletes",
    "test_attacks.py::test_a_disposal_of_more_than_was_signed",
    "test_verifying.py::test_a_moved_row_is_named_in_both_schools",
)


@pytest.mark.postgres
@pytest.mark.integration
@pytest.mark.slow
def test_seals_and_findings_on_postgresql(postgres_server: Server, postgres_url: str) -> None:
    """Any log is sealed and one change of it named there too, a row that was altered, erased or disposed of as well."""
    portal = f"portal_of_proof_{os.getpid()}"
    postgres_server.run(f"CREATE DATABASE {portal}")
    env = os.environ | {"TEST_DATABASE_URL": postgres_server.url(portal), "TEST_WAREHOUSE_URL": postgres_url}
    env = {name: value for name, value in env.items() if name not in {"CLASSWAVES_TEST_VAR", "PYTEST_XDIST_WORKER"}}
    chosen = [f"{HERE}/{name}" for name in CHOSEN]
    options = ["-q", "-p", "no:cacheprovider", "--hypothesis-profile=few"]
    command = [sys.executable, "-m", "pytest", *options, *chosen]
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
    postgres_server.run(f"DROP DATABASE {portal} WITH (FORCE)")
