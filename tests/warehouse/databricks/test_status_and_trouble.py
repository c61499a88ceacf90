"""What the portal says of a Databricks warehouse: its status, its troubles, who asked it, and the checklist."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse import awake
from classwaves_admin.warehouse.callers import caller
from classwaves_admin.warehouse.server_facts import tables_of_catalog
from classwaves_admin.warehouse.status import State, measure
from classwaves_admin.warehouse.trouble import Kind, Trouble, explain
from tests.spark import Warehouse
from tests.warehouse.conftest import instead_of_the_warehouse
from tools.verify.__main__ import run

pytestmark = pytest.mark.warehouse


def trouble_of(connection: BaseDatabaseWrapper, sql: str) -> Trouble:
    """Return what a statement that fails is told as."""
    with pytest.raises(DatabaseError) as caught, connection.cursor() as cursor:
        cursor.execute(sql)
    found = explain(caught.value)
    assert found
    return found


def test_a_healthy_warehouse(catalog: BaseDatabaseWrapper) -> None:
    """Version, user, clock and drift; the local warehouse tells no grants, which is no fault."""
    out = io.StringIO()
    call_command("warehouse_status", "--format", "json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    assert found["ok"], found
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert states.pop("Grants") in {"good", "unknown"}
    assert set(states.values()) == {"good"}


def test_the_page_costs_three_statements(catalog: BaseDatabaseWrapper, spark_warehouse: Warehouse) -> None:
    """After the first time, which learns whether the server tells grants."""
    measure(catalog)
    with caller("view", "counted_page"):
        assert measure(catalog).is_good
    own = [each for each in spark_warehouse.statements() if "counted_page" in json.dumps(each["tags"])]
    assert 1 <= len(own) <= 3, [each["statement"][:60] for each in own]


def test_statements_carry_who_asks(catalog: BaseDatabaseWrapper, spark_warehouse: Warehouse) -> None:
    """The server gets the tag with the statement."""
    with caller("task", "outbox.deliver"), catalog.cursor() as cursor:
        cursor.execute("SELECT 4711")
    own = next(each for each in reversed(spark_warehouse.statements()) if "4711" in each["statement"])
    assert "task.outbox.deliver" in json.dumps(own["tags"])


def test_a_refused_token(spark_warehouse: Warehouse, django_db_blocker: Any) -> None:
    """The operator is told which variables to renew."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(spark_warehouse.url(token="wrong")) as connection:
        found = trouble_of(connection, "SELECT 1")
        assert found.kind is Kind.TOKEN
        assert "DATABRICKS_TOKEN" in found.operator
        status = measure(connection)
    assert [check.state for check in status.checks] == [State.BAD]


def test_a_reader_is_told_the_grant(catalog: BaseDatabaseWrapper, spark_warehouse: Warehouse) -> None:
    """A write with a token that may only read names the table in a GRANT, and the query."""
    name = str(catalog.settings_dict["NAME"])
    table = next(table for table in tables_of_catalog() if table.endswith("audit_log"))
    with instead_of_the_warehouse(spark_warehouse.url(name, "reader")) as reader:
        sql = f"ALTER TABLE {reader.ops.quote_name(table)} SET TBLPROPERTIES ('x' = 'y')"
        altered = trouble_of(reader, sql)
        made = trouble_of(reader, "CREATE SCHEMA `of_a_reader`")
    assert (altered.kind, made.kind) == (Kind.PERMISSION, Kind.PERMISSION)
    assert f"ON TABLE {name}.{table} TO " in altered.operator
    assert f"GRANT CREATE SCHEMA ON CATALOG {name} TO " in made.operator
    assert altered.query_id


def test_a_warehouse_that_wakes(own_spark: Warehouse, django_db_blocker: Any) -> None:
    """Asleep it is told as waking, and the pages that wait hear when it is awake."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(own_spark.url()) as connection:
        own_spark.control("asleep", seconds=600)
        assert trouble_of(connection, "SELECT 1").kind is Kind.WAKING
        awake.forget()
        assert not awake.is_awake()
        own_spark.control("asleep", seconds=0)
        awake.forget()
        assert awake.is_awake()
    awake.forget()


@pytest.mark.slow
def test_the_checklist_passes(catalog: BaseDatabaseWrapper, capsys: pytest.CaptureFixture[str]) -> None:
    """`make verify-databricks ARGS=--yes` finds everything as the portal assumes, and leaves nothing behind."""
    code = run(catalog, writes=True)
    said = capsys.readouterr().out
    assert code == 0, said
    assert "20 of 20 checks passed." in said
    assert "removed  the schema" in said
    with catalog.cursor() as cursor:
        cursor.execute("SHOW SCHEMAS")
        assert not [row for row in cursor.fetchall() if "verify" in str(row)]


def test_the_checklist_reads_unless_told_otherwise(
    catalog: BaseDatabaseWrapper, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --yes nothing is made."""
    assert run(catalog, writes=False) == 0
    assert "skipped  7 checks that write" in capsys.readouterr().out
