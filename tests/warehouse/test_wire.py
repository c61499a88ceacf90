"""The local warehouse as a server: sessions, tokens, sleep, limits, its end."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from databricks.sql import exc

from tests import spark
from tests.spark import Warehouse

pytestmark = pytest.mark.warehouse
IMPATIENT: dict[str, Any] = {"_retry_stop_after_attempts_count": 1, "_retry_stop_after_attempts_duration": 1.0}


def test_a_connection_opens(spark_warehouse: Warehouse) -> None:
    """The plain connector connects and reads a row."""
    assert [tuple(row) for row in spark_warehouse.run("SELECT 1, 'x'")] == [(1, "x")]


def test_it_is_health_checked_by_http(spark_warehouse: Warehouse) -> None:
    """A plain GET tells whether it serves; other paths are not there."""
    with urllib.request.urlopen(f"http://127.0.0.1:{spark_warehouse.port}/health") as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{spark_warehouse.port}/other")


def test_a_wrong_token_is_refused(spark_warehouse: Warehouse) -> None:
    """With the real gateway's words."""
    with pytest.raises(exc.RequestError, match="Invalid access token"):
        spark_warehouse.connect(token="expired", **IMPATIENT)


def test_the_user_is_the_one_of_the_token(spark_warehouse: Warehouse) -> None:
    """current_user() says who, current_version() what serves."""
    row = spark_warehouse.run("SELECT current_user(), current_version().dbsql_version", token="reader")[0]
    assert row[0] == "reader"
    assert row[1]


def test_an_unknown_catalog_or_option_is_refused(spark_warehouse: Warehouse) -> None:
    """When the session opens."""
    with pytest.raises(exc.DatabaseError, match=r"Catalog 'nowhere' was not found.*SQLSTATE: 42704"):
        spark_warehouse.connect("nowhere")
    with pytest.raises(exc.DatabaseError, match="CONFIG_NOT_AVAILABLE"):
        spark_warehouse.connect(session_configuration={"INVENTED": "1"})


def test_query_tags_are_kept_with_the_statement(spark_warehouse: Warehouse) -> None:
    """Those of the session, and those of a statement before them."""
    with (
        spark_warehouse.connect(session_configuration={"QUERY_TAGS": "app:wire"}) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 'tagged by session'")
        cursor.execute("SELECT 'tagged by itself'", query_tags={"view": "page"})
    tags = {each["statement"]: each["tags"] for each in spark_warehouse.statements()}
    assert tags["SELECT 'tagged by session'"] == "app:wire"
    assert "view:page" in tags["SELECT 'tagged by itself'"]


def test_a_statement_ends_at_its_timeout(spark_warehouse: Warehouse) -> None:
    """STATEMENT_TIMEOUT cancels the work itself, and the session goes on."""
    with (
        spark_warehouse.connect(session_configuration={"STATEMENT_TIMEOUT": "1"}) as connection,
        connection.cursor() as cursor,
    ):
        started = time.monotonic()
        with pytest.raises(exc.ServerOperationError, match="STATEMENT_TIMEOUT"):
            cursor.execute("SELECT sum(hash(a.id, b.id)) FROM range(1000000) a CROSS JOIN range(100000) b")
        assert time.monotonic() - started < 10
        cursor.execute("SET STATEMENT_TIMEOUT = 30")
        cursor.execute("SELECT 1")
        assert cursor.fetchall()[0][0] == 1


def test_a_closed_session_is_stale(spark_warehouse: Warehouse) -> None:
    """Another statement gets the real server's words."""
    connection = spark_warehouse.connect()
    cursor = connection.cursor()
    handle = cursor.backend
    handle.close_session(connection.session.session_id)
    with pytest.raises(exc.DatabaseError, match="Invalid SessionHandle"):
        cursor.execute("SELECT 1")


def test_catalogs_come_and_go(spark_warehouse: Warehouse) -> None:
    """Each is a place of its own; a statement may join two."""
    spark_warehouse.make_catalog("one")
    spark_warehouse.make_catalog("two")
    spark_warehouse.run("CREATE TABLE one.default.t (id STRING) USING DELTA")
    spark_warehouse.run("CREATE TABLE two.default.t (id STRING) USING DELTA")
    spark_warehouse.run("INSERT INTO one.default.t VALUES ('x')")
    spark_warehouse.run("INSERT INTO two.default.t SELECT * FROM one.default.t")
    rows = spark_warehouse.run("SELECT a.id FROM one.default.t a JOIN two.default.t b ON a.id = b.id")
    assert [row[0] for row in rows] == ["x"]
    assert {"one", "two"} <= {row[0] for row in spark_warehouse.run("SHOW CATALOGS")}
    spark_warehouse.drop_catalog("one")
    spark_warehouse.drop_catalog("two")
    assert not {"one", "two"} & {row[0] for row in spark_warehouse.run("SHOW CATALOGS")}


def test_what_it_kept_is_there_after_a_kill(own_spark: Warehouse) -> None:
    """And calls are refused with 503 while it sleeps, as while a stopped warehouse starts."""
    own_spark.run("CREATE TABLE classwaves.default.kept (id STRING NOT NULL) USING DELTA")
    own_spark.run("INSERT INTO classwaves.default.kept VALUES ('a')")
    own_spark.kill()
    with pytest.raises(Exception, match=r"Connection refused|Retry policy"):
        own_spark.connect(**IMPATIENT)
    own_spark.restart()
    assert [tuple(row) for row in own_spark.run("SELECT * FROM classwaves.default.kept")] == [("a",)]
    own_spark.control("asleep", seconds=300)
    with pytest.raises(Exception, match=r"503|TEMPORARILY_UNAVAILABLE|Retry policy"):
        own_spark.connect(**IMPATIENT)
    own_spark.control("asleep", seconds=0)
    assert own_spark.run("SELECT 1")[0][0] == 1
    with pytest.raises(pytest.fail.Exception, match="Another local warehouse works in"):
        spark.start(own_spark.folder)
