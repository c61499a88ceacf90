"""A known trouble ends a command with one sentence and without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, ProgrammingError, connections, transaction
from django.db.migrations.exceptions import MigrationSchemaMissing

from classwaves_admin.warehouse.command_line import sentence

ROOT = Path(__file__).parents[3]


class Denied(Exception):
    """What PostgreSQL's driver raises where a privilege is missing."""

    sqlstate = "42501"


def denied(words: str) -> ProgrammingError:
    """Return Django's error for it."""
    error = ProgrammingError(words)
    error.__cause__ = Denied(words)
    return error


def test_a_wrong_setting_says_its_own_sentence() -> None:
    """The environment's reader has said which variable is wrong."""
    assert sentence(ImproperlyConfigured("Set X.")) == "The configuration is not right. Set X."


def test_a_catalog_out_of_reach_names_the_variable() -> None:
    """The same words as `warehouse_status` says."""
    assert "host, port and path of WAREHOUSE_URL" in str(sentence(OperationalError("x")))


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize(
    ("alias", "variable", "other"),
    [("default", "DATABASE_URL", "WAREHOUSE_URL"), ("warehouse", "catalog check", "DATABASE_URL")],
)
def test_the_portal_s_own_database_is_told_apart(alias: str, variable: str, other: str) -> None:
    """Looking at the catalog would not help there. A rollback does not make it forget which it was."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")
    words = str(sentence(caught.value))
    assert variable in words
    assert other not in words


@pytest.mark.parametrize("command", ["migrate", "catalog"])
def test_commands_that_make_tables_name_the_owner(command: str) -> None:
    """The portal's user may lack CREATE, and should."""
    assert "the owner's" in str(sentence(denied("permission denied for schema users"), command))
    assert "the owner's" not in str(sentence(denied("permission denied for schema users"), "outbox"))


def test_the_refused_table_of_migrations_is_a_missing_privilege() -> None:
    """Django raises an error of its own, while it handles the server's."""
    error = MigrationSchemaMissing("Unable to create")
    error.__context__ = denied("permission denied for schema public")
    assert "GRANT USAGE ON SCHEMA public" in str(sentence(error, "migrate"))


@pytest.mark.parametrize("error", [ProgrammingError("syntax error"), ValueError("x")])
def test_faults_of_ours_keep_their_traceback(error: Exception) -> None:
    """Where an operator can mend nothing, a developer needs the place."""
    assert sentence(error) is None


@pytest.mark.parametrize("words", [["check"], ["migrate", "--database", "warehouse"], ["warehouse_status"]])
def test_no_command_shows_a_traceback_or_a_secret_for_a_wrong_url(words: list[str]) -> None:
    """The whole way, as an operator types it."""
    url = "databricks://token:s3cret-word@host.example:443/classwaves"
    env = os.environ | {"WAREHOUSE_URL": url, "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert said == (
        "The configuration is not right. "
        "WAREHOUSE_URL must name the SQL warehouse, as in ?http_path=/sql/1.0/warehouses/ID.\n"
    )
