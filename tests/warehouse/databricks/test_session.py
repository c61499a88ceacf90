"""Sessions, cursors and errors of the backend, on Spark behind the wire of Databricks."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, NotSupportedError, ProgrammingError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DatabaseErrorWrapper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.databricks import errors, tags
from classwaves_admin.databricks.merge import filled, json_object, merge_sql
from classwaves_admin.databricks.patience import LONG, patience
from tests.spark import Warehouse
from tests.warehouse.conftest import instead_of_the_warehouse

pytestmark = pytest.mark.warehouse

COLUMNS = [("id", "STRING"), ("n", "INT")]
MERGE = merge_sql(lambda name: "`box`.`things`" if "." in name else f"`{name}`", "box.things", COLUMNS, keys=["id"])


@pytest.fixture(scope="module")
def boxed(spark_warehouse: Warehouse) -> Iterator[str]:
    """Make a catalog with one table."""
    name = f"session_{time.time_ns()}"
    spark_warehouse.make_catalog(name)
    with spark_warehouse.connect(name) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA box")
        cursor.execute("CREATE TABLE box.things (id STRING NOT NULL, n INT) USING DELTA")
    yield name
    spark_warehouse.drop_catalog(name)


@pytest.fixture
def box(spark_warehouse: Warehouse, boxed: str, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """Put the catalog with one empty table in the place of `warehouse`."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(spark_warehouse.url(boxed)) as connection:
        ask(connection, "DELETE FROM box.things")
        yield connection


def ask(connection: BaseDatabaseWrapper, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def cause(caught: pytest.ExceptionInfo[DatabaseError]) -> errors.Told:
    """Return our exception behind Django's."""
    assert isinstance(caught.value.__cause__, errors.Told)
    return caught.value.__cause__


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20),
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=1, max_size=20))
def test_values_go_there_and_come_back(box: BaseDatabaseWrapper, values: list[Any]) -> None:
    """Each value comes back as it was sent, in Python's own type."""
    ((*found,),) = ask(box, f"SELECT {', '.join(['%s'] * len(values))}", values)
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_a_megabyte_of_text_comes_back(box: BaseDatabaseWrapper) -> None:
    """A parameter may hold nearly a megabyte, of any characters."""
    text = "é'\\%s?${x}\n🦉" * 50_000
    assert ask(box, "SELECT %s", [text[:300_000]]) == [(text[:300_000],)]


def test_nested_values_are_plain(box: BaseDatabaseWrapper) -> None:
    """MAP is a dict, ARRAY a list, and an empty answer has no rows but columns."""
    assert ask(box, "SELECT map('a', 'b', 'c', NULL), array('x', NULL)") == [({"a": "b", "c": None}, ["x", None])]
    with box.cursor() as cursor:
        cursor.execute("SELECT id, n FROM box.things")
        assert cursor.fetchone() is None
        assert [column[0] for column in cursor.description] == ["id", "n"]


def test_changes_are_counted(box: BaseDatabaseWrapper) -> None:
    """The rowcount tells the rows that INSERT, UPDATE, MERGE and DELETE changed, and nothing after a SELECT."""
    counts = []
    array = f"[{json_object({'id': 'c', 'n': 1})},{json_object({'id': 'd', 'n': 1})}]"
    steps: list[tuple[str, Any]] = [
        ("INSERT INTO box.things (id, n) VALUES (%s, %s), (%s, %s)", ["a", 1, "b", None]),
        ("UPDATE box.things SET n = %s WHERE id = %s", [2, "a"]),
        ("UPDATE box.things SET n = %s WHERE id = %s", [2, "none"]),
        filled(MERGE, array),
        filled(MERGE, array),
        ("SELECT 1", None),
        ("DELETE FROM box.things WHERE id = %s", ["c"]),
    ]
    with box.cursor() as cursor:
        for sql, params in steps:
            cursor.execute(sql, params)
            counts.append(cursor.rowcount)
        assert cursor.query_id
    assert counts == [2, 1, 0, 2, 0, -1, 1]


def test_many_rows_are_read_in_batches(box: BaseDatabaseWrapper) -> None:
    """300,000 rows are read one after the other with little memory, and as Arrow too."""
    with box.chunked_cursor() as cursor:
        cursor.execute("SELECT id, repeat('x', 100) FROM range(300000)")
        tracemalloc.start()
        rows = 0
        while found := cursor.fetchmany(2_000):
            rows += len(found)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rows == 300_000
        assert peak < 30_000_000
        cursor.execute("SELECT id FROM range(150000)")
        sizes = []
        while (table := cursor.cursor.fetchmany_arrow(60_000)).num_rows:
            sizes.append(table.num_rows)
        assert sizes == [60_000, 60_000, 30_000]


@pytest.mark.parametrize(
    ("sql", "params", "kind", "quoted"),
    [
        ("SELEC 1", None, ProgrammingError, "no value"),
        ("SELECT * FROM nope.nope", None, ProgrammingError, "no value"),
        ("SELECT CAST(%s AS INT)", ["Ann Lee"], DataError, "Ann Lee"),
        ("SELECT 1 / %s", [0], DataError, "no value"),
        ("INSERT INTO box.things (id, n) VALUES (%s, %s)", [None, 77_123], IntegrityError, "77123"),
        ("SELECT " + ", ".join(["%s"] * 256), [1] * 256, NotSupportedError, "no value"),
        (MERGE, ['[{"id": "Ann Lee", "n": "Bob"}]'], DatabaseError, "Ann Lee"),
    ],
)
def test_errors_are_what_they_are(
    box: BaseDatabaseWrapper, sql: str, params: Any, kind: type[DatabaseError], quoted: str
) -> None:
    """Each failure raises Django's class for it, without the values of the statement."""
    with pytest.raises(kind) as caught:
        ask(box, sql, params)
    assert quoted not in str(caught.value)
    assert isinstance(box.wrap_database_errors, DatabaseErrorWrapper)
    assert ask(box, "SELECT 1") == [(1,)]


def test_a_read_only_token_is_told_what_to_grant(
    spark_warehouse: Warehouse, boxed: str, django_db_blocker: Any
) -> None:
    """A token without MODIFY reads, and a write says which privilege is missing on which table."""
    url = spark_warehouse.url(boxed, "reader")
    with django_db_blocker.unblock(), instead_of_the_warehouse(url) as connection:
        ask(connection, "SELECT * FROM box.things")
        with pytest.raises(ProgrammingError) as caught:
            ask(connection, "DELETE FROM box.things")
    missing = cause(caught)
    assert isinstance(missing, errors.PermissionMissing)
    assert (missing.privilege, missing.securable) == ("MODIFY", f"Table {boxed}.box.things")
    assert missing.sqlstate == "42501"


def test_a_wrong_token_is_refused(spark_warehouse: Warehouse, boxed: str, django_db_blocker: Any) -> None:
    """A token that the warehouse does not know is TokenRefused."""
    url = spark_warehouse.url(boxed, "wr0ng")
    with (
        django_db_blocker.unblock(),
        instead_of_the_warehouse(url) as connection,
        pytest.raises(DatabaseError) as caught,
    ):
        ask(connection, "SELECT 1")
    assert isinstance(cause(caught), errors.TokenRefused)
    assert "wr0ng" not in str(caught.value)


def test_statements_carry_the_name_of_the_code(box: BaseDatabaseWrapper, spark_warehouse: Warehouse) -> None:
    """The warehouse's history shows which view asked."""
    with tags.tagged("view:audit.search"):
        ask(box, "SELECT 'tagged'")
    (found,) = [each["tags"] for each in spark_warehouse.statements() if each["statement"] == "SELECT 'tagged'"]
    assert "view" in found
    assert "audit.search" in found


def test_bad_moments_pass(own_spark: Warehouse, django_db_blocker: Any) -> None:
    """Asleep, in conflict, killed and back: reads and our MERGE come through, a page is told in time."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(own_spark.url()) as connection:
        ask(connection, "CREATE SCHEMA box")
        ask(connection, "CREATE TABLE box.things (id STRING NOT NULL, n INT) USING DELTA")
        sql, params = filled(MERGE, f"[{json_object({'id': 'a', 'n': 1})}]")
        own_spark.control("conflicts", count=1)
        ask(connection, sql, params)
        own_spark.control("conflicts", count=1)
        with pytest.raises(DatabaseError) as caught:
            ask(connection, "UPDATE box.things SET n = 2")
        assert isinstance(cause(caught), errors.ConcurrentChange)

        own_spark.control("asleep", seconds=3)
        begun = time.monotonic()
        with pytest.raises(DatabaseError) as caught:
            ask(connection, "SELECT 1")
        assert isinstance(cause(caught), errors.WarehouseWaking)
        assert time.monotonic() - begun < 3
        with patience(LONG):
            assert ask(connection, "SELECT 1") == [(1,)]

        own_spark.kill()
        begun = time.monotonic()
        with pytest.raises(DatabaseError) as caught:
            ask(connection, "SELECT 1")
        assert isinstance(cause(caught), errors.Unreachable)
        assert time.monotonic() - begun < 3
        own_spark.restart()
        with patience(LONG):  # the session is gone with the process, the row is not
            assert ask(connection, "SELECT id FROM box.things") == [("a",)]
