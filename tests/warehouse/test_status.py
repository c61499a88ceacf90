"""`manage.py warehouse_status` on every engine: what it measures, what it finds, how it ends."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from classwaves_admin.warehouse import server_facts, status
from classwaves_admin.warehouse.server_facts import ServerFacts
from classwaves_admin.warehouse.status import State, measure
from tests.warehouse.conftest import execute

pytestmark = pytest.mark.warehouse


def run(*words: str) -> tuple[str, int]:
    """Return what the command prints and its exit code."""
    out = io.StringIO()
    try:
        call_command("warehouse_status", *words, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def states(found: status.Status) -> dict[str, State]:
    """Return how each check went."""
    return {check.name: check.state for check in found.checks}


def test_a_healthy_warehouse_ends_with_0(complete_warehouse: BaseDatabaseWrapper) -> None:
    """One line for each check, with version, user and the latency of three small statements."""
    said, code = run()
    assert code == 0, said
    assert [line.split()[0] for line in said.splitlines()] == ["ok"] * 6
    assert "median of 3 small statements" in said
    assert "All 27 tables are as the models say." in said


def test_json_says_the_same(complete_warehouse: BaseDatabaseWrapper) -> None:
    """For a monitor."""
    said, _ = run("--format", "json")
    found: dict[str, Any] = json.loads(said)
    assert found["ok"] is True
    assert found["engine"] == complete_warehouse.vendor
    assert {check["state"] for check in found["checks"]} == {"good"}


def test_a_missing_table_is_named_and_ends_with_1(complete_warehouse: BaseDatabaseWrapper) -> None:
    """The first lines of the drift, and the command that mends it."""
    execute(complete_warehouse, 'DROP TABLE "users.students"')
    said, code = run()
    assert code == 1
    assert "missing table: users.students" in said
    assert "catalog create" in said


def test_what_others_added_is_told_and_is_no_fault(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Other services may keep tables of their own beside ours."""
    execute(complete_warehouse, 'CREATE TABLE "users.hobbies" (id TEXT)')
    said, code = run()
    assert code == 0
    assert "extra table: users.hobbies" in said


def test_a_page_costs_few_statements(complete_warehouse: BaseDatabaseWrapper) -> None:
    """At most three that read rows, without the ones that measure latency."""
    with CaptureQueriesContext(complete_warehouse) as sent:
        assert measure(complete_warehouse).is_good
    reads = [query for query in sent.captured_queries if query["sql"].lstrip("( ").upper().startswith("SELECT")]
    assert len(reads) <= 3, [query["sql"][:80] for query in reads]


@pytest.mark.parametrize(
    ("seconds", "state"), [(0.5, State.GOOD), (-0.5, State.GOOD), (90, State.BAD), (-90, State.BAD)]
)
def test_a_clock_that_is_off_is_found(complete_warehouse: BaseDatabaseWrapper, seconds: float, state: State) -> None:
    """Audit events of several services are only in order where the clocks agree."""

    def facts(_connection: BaseDatabaseWrapper) -> ServerFacts:
        return ServerFacts("Server 1", "portal", "classwaves", datetime.now(UTC) + timedelta(seconds=seconds), ())

    with patch.object(status, "facts_of", facts):
        assert states(measure(complete_warehouse))["Clock"] is state


def test_a_server_that_does_not_answer_is_one_line(complete_warehouse: BaseDatabaseWrapper) -> None:
    """The rest cannot be known; the exit code is 1."""
    with patch.object(status, "facts_of", side_effect=OperationalError("host=catalog.internal")):
        said, code = run()
    assert code == 1
    assert said.startswith("WRONG   Reachable: The catalog does not answer just now.")
    assert "catalog.internal" not in said


@pytest.mark.postgres
def test_a_reader_of_postgresql_is_told_what_to_grant(complete_warehouse: BaseDatabaseWrapper) -> None:
    """has_table_privilege tells; the statements that it prints mend it."""
    if complete_warehouse.vendor != "postgresql":
        pytest.skip("SQLite has no users")
    connection = complete_warehouse.settings_dict
    address = f"host={connection['HOST']} port={connection['PORT']} user=portal dbname={connection['NAME']}"
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS reader")
        owner.execute("CREATE ROLE reader LOGIN")
        owner.execute("GRANT USAGE ON SCHEMA users TO reader")
        owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA users TO reader")
        complete_warehouse.close()
        with patch.dict(connection, {"USER": "reader"}):
            facts = server_facts.facts_of(complete_warehouse)
            complete_warehouse.close()
            needed = [each.statement for each in facts.missing or () if each.needed]
            assert 'GRANT INSERT, UPDATE, DELETE ON TABLE "users"."students" TO "reader";' in sorted(needed)
            assert 'GRANT USAGE ON SCHEMA "compliance" TO "reader";' in needed
            for statement in needed:
                owner.execute(statement.encode())
            facts = server_facts.facts_of(complete_warehouse)
            assert [each for each in facts.missing or () if each.needed] == []
            complete_warehouse.close()
        owner.execute("DROP OWNED BY reader")
        owner.execute("DROP ROLE reader")
