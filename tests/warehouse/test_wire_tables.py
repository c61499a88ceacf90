"""Tables through the wire, as the plain connector sees them: DDL, DML and its counts, time travel, refusals."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from databricks.sql import exc

from tests.spark import Warehouse

pytestmark = pytest.mark.warehouse
Query = Callable[..., list[tuple[Any, ...]]]
CATALOG = "wire_tables"
DAY = datetime(2024, 1, 1, tzinfo=UTC)
LOG = """CREATE TABLE compliance.audit_log (id STRING NOT NULL COMMENT 'the key', actor STRING, n INT, big BIGINT,
    ok BOOLEAN NOT NULL, created_at TIMESTAMP NOT NULL, score DECIMAL(5,2), tags ARRAY<STRING>,
    attrs MAP<STRING,STRING>, CONSTRAINT pk_log PRIMARY KEY (id) NOT ENFORCED) USING DELTA CLUSTER BY (ok, created_at)
    COMMENT 'the log' TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"""
COLUMNS = "(id, actor, n, big, ok, created_at, score, tags, attrs)"


@pytest.fixture(scope="module")
def connection(spark_warehouse: Warehouse) -> Iterator[Any]:
    """Open one connection to a catalog of this file."""
    spark_warehouse.make_catalog(CATALOG)
    with spark_warehouse.connect(CATALOG) as connection:
        yield connection
    spark_warehouse.drop_catalog(CATALOG)


@pytest.fixture
def cursor(connection: Any) -> Iterator[Any]:
    """Give a cursor in a catalog with an empty log."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS compliance CASCADE")
        cursor.execute("CREATE SCHEMA compliance COMMENT 'law'")
        cursor.execute(LOG)
        yield cursor


@pytest.fixture
def query(cursor: Any) -> Query:
    """Run a statement and give its rows."""

    def run(statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        cursor.execute(statement, parameters)
        return [tuple(row) for row in cursor.fetchall()]

    return run


@pytest.fixture
def two_rows(query: Query) -> None:
    """Write two rows, the second full of NULL."""
    full = ["1", "ann", 1, 2**40, True, DAY, Decimal("9.50"), ["x", "y"], {"k": "v"}]
    empty = ["2", None, None, None, False, DAY + timedelta(days=1), None, None, None]
    marks = ", ".join(["?"] * 9)
    query(f"INSERT INTO compliance.audit_log {COLUMNS} VALUES ({marks}), ({marks})", full + empty)  # noqa: S608 - made-up names


@pytest.mark.usefixtures("two_rows")
def test_rows_come_back_as_they_went(cursor: Any) -> None:
    """Every type of the catalog, and NULL."""
    cursor.execute("SELECT * FROM compliance.audit_log ORDER BY id")
    full, empty = cursor.fetchall_arrow().to_pylist()
    assert full == {
        "id": "1",
        "actor": "ann",
        "n": 1,
        "big": 2**40,
        "ok": True,
        "created_at": DAY,
        "score": Decimal("9.50"),
        "tags": ["x", "y"],
        "attrs": [("k", "v")],
    }
    assert [empty[name] for name in ("actor", "n", "big", "score", "tags", "attrs")] == [None] * 6


@pytest.mark.usefixtures("two_rows")
@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("UPDATE compliance.audit_log SET n = coalesce(n, 0) + 10 WHERE id IN ('1', '2')", 2),
        ("UPDATE compliance.audit_log SET n = 5 WHERE id = 'none'", 0),
        ("DELETE FROM compliance.audit_log WHERE id = '2'", 1),
        ("DELETE FROM compliance.audit_log", 2),
        ("DELETE FROM compliance.audit_log WHERE id = 'none'", 0),
        ("INSERT INTO compliance.audit_log (id, ok, created_at) SELECT '3', true, current_timestamp()", 1),
        (
            "MERGE INTO compliance.audit_log t USING (SELECT explode(array('1', '7')) AS id) s ON t.id = s.id "
            "WHEN MATCHED THEN UPDATE SET actor = 'bob' "
            "WHEN NOT MATCHED THEN INSERT (id, ok, created_at) VALUES (s.id, true, current_timestamp())",
            2,
        ),
        (
            "MERGE INTO compliance.audit_log t USING (SELECT '1' AS id) s ON t.id = s.id WHEN NOT MATCHED THEN "
            "INSERT (id, ok, created_at) VALUES (s.id, true, current_timestamp())",
            0,
        ),
        (
            "MERGE INTO compliance.audit_log t USING (SELECT '1' AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE",
            1,
        ),
    ],
)
def test_a_statement_tells_how_many_rows_it_changed(cursor: Any, statement: str, changed: int) -> None:
    """As rowcount, and as its one row."""
    cursor.execute(statement)
    assert cursor.rowcount == changed
    assert cursor.fetchall()[0][0] == changed


@pytest.mark.usefixtures("two_rows")
def test_rows_deleted_before_are_not_counted_again(cursor: Any) -> None:
    """A file that goes as a whole held a row that was gone already."""
    cursor.execute("DELETE FROM compliance.audit_log WHERE id = '2'")
    cursor.execute("DELETE FROM compliance.audit_log")
    assert cursor.rowcount == 1


def test_a_json_batch_is_merged_once(cursor: Any, query: Query) -> None:
    """The idempotent append: a replay changes nothing."""
    rows = json.dumps([{"c0": str(number), "c1": "2024-01-01T00:00:00Z"} for number in range(500)])
    merge = """MERGE INTO compliance.audit_log t USING (SELECT r.c0 AS id, CAST(r.c1 AS TIMESTAMP) AS created_at FROM
        (SELECT explode(from_json(?, 'ARRAY<STRUCT<c0:STRING,c1:STRING>>', map('mode','FAILFAST'))) AS r)) s
        ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, ok, created_at) VALUES (s.id, true, s.created_at)"""
    changed = []
    for _ in range(2):
        cursor.execute(merge, [rows])
        changed.append(cursor.rowcount)
    assert changed == [500, 0]
    assert query("SELECT count(*) FROM compliance.audit_log") == [(500,)]


@pytest.mark.parametrize(
    ("statement", "sign"),
    [
        ("SELEC 1", "PARSE_SYNTAX_ERROR.*42601"),
        ("SELECT * FROM nope.nope", "TABLE_OR_VIEW_NOT_FOUND.*42P01"),
        ("UPDATE compliance.nope SET a = 1", "TABLE_OR_VIEW_NOT_FOUND.*42P01"),
        ("SELECT nocol FROM compliance.audit_log", "UNRESOLVED_COLUMN.*42703"),
        ("SELECT CAST('abc' AS INT)", "CAST_INVALID_INPUT.*22018"),
        ("SELECT 1/0", "DIVIDE_BY_ZERO.*22012"),
        ("CREATE TABLE compliance.audit_log (id STRING)", "ALREADY_EXISTS.*42P07"),
        ("CREATE SCHEMA compliance", "SCHEMA_ALREADY_EXISTS.*42P06"),
        ("DROP SCHEMA compliance", "SCHEMA_NOT_EMPTY.*2BP01"),
        ("INSERT INTO compliance.audit_log (id, created_at) VALUES ('1', now())", "NOT_NULL_CONSTRAINT.*23502"),
        ("INSERT INTO compliance.audit_log (id, ok, created_at) VALUES (NULL, true, now())", "NOT_NULL.*23502"),
    ],
)
def test_a_failure_has_the_servers_class_and_sqlstate(query: Query, statement: str, sign: str) -> None:
    """The connector shows the text; the backend reads it."""
    with pytest.raises(exc.ServerOperationError, match=f"(?s){sign}"):
        query(statement)


def test_information_schema_tells_all(query: Query) -> None:
    """Tables, columns, comments, nullability, types, keys; from another catalog with its name."""
    tables = "SELECT table_schema, table_name, comment FROM information_schema.tables WHERE table_schema = ?"
    assert query(tables, ["compliance"]) == [("compliance", "audit_log", "the log")]
    columns = query(
        f"SELECT column_name, full_data_type, is_nullable, comment FROM {CATALOG}.information_schema.columns "  # noqa: S608 - made-up names
        "WHERE table_name = 'audit_log' ORDER BY ordinal_position"
    )
    assert columns[0] == ("id", "string", "NO", "the key")
    assert [column[1] for column in columns[3:]] == [
        *("bigint", "boolean", "timestamp", "decimal(5,2)", "array<string>", "map<string,string>"),
    ]
    keys = "SELECT constraint_name, column_name FROM information_schema.key_column_usage"
    assert query(keys) == [("pk_log", "id")]
    assert query("SELECT constraint_type FROM information_schema.table_constraints") == [("PRIMARY KEY",)]


def test_keys_clusters_and_comments_change(query: Query) -> None:
    """ALTER TABLE and COMMENT ON are kept and told."""
    query(
        "ALTER TABLE compliance.audit_log ADD CONSTRAINT fk_actor FOREIGN KEY (actor) REFERENCES compliance.people (id)"
    )
    query("ALTER TABLE compliance.audit_log DROP CONSTRAINT pk_log")
    assert query("SELECT constraint_name FROM information_schema.table_constraints") == [("fk_actor",)]
    query("ALTER TABLE compliance.audit_log CLUSTER BY (n)")
    query("COMMENT ON TABLE compliance.audit_log IS 'changed'")
    query("COMMENT ON COLUMN compliance.audit_log.n IS 'a number'")
    names = "SELECT comment FROM information_schema.columns WHERE column_name = 'n'"
    assert query(names) == [("a number",)]
    assert query("SELECT comment FROM information_schema.tables") == [("changed",)]
    assert query("DESCRIBE DETAIL compliance.audit_log")[0][4].tolist() == ["n"]


@pytest.mark.usefixtures("two_rows")
def test_tables_change(query: Query) -> None:
    """Columns come and go, NOT NULL is checked, a table gets another name with its rows."""
    query("ALTER TABLE compliance.audit_log ADD COLUMNS (extra STRING COMMENT 'e')")
    query("ALTER TABLE compliance.audit_log ALTER COLUMN ok DROP NOT NULL")
    with pytest.raises(exc.ServerOperationError, match="NOT_NULL_CONSTRAINT_VIOLATED"):
        query("ALTER TABLE compliance.audit_log ALTER COLUMN extra SET NOT NULL")
    query("ALTER TABLE compliance.audit_log DROP COLUMN extra")
    query("ALTER TABLE compliance.audit_log RENAME TO compliance.audit_log2")
    assert query("SELECT count(*) FROM compliance.audit_log2") == [(2,)]
    assert query("SELECT constraint_name FROM information_schema.table_constraints") == [("pk_log",)]
    for housekeeping in ("OPTIMIZE", "VACUUM"):
        query(f"{housekeeping} compliance.audit_log2")


@pytest.mark.usefixtures("two_rows")
def test_a_table_is_read_as_it_was(query: Query) -> None:
    """By version and by moment, with a name after it; version 0 is the empty table."""
    query("DELETE FROM compliance.audit_log WHERE id = '1'")
    history = query("DESCRIBE HISTORY compliance.audit_log")
    assert [row[0] for row in history] == [2, 1, 0]
    log = "SELECT l.id FROM compliance.audit_log {} AS l ORDER BY l.id"
    assert query(log.format("VERSION AS OF 0")) == []
    assert query(log.format("VERSION AS OF 1")) == [("1",), ("2",)]
    assert query(log.format(f"TIMESTAMP AS OF '{history[1][1].isoformat()}'")) == [("1",), ("2",)]
    assert query("SELECT id, '100 %' FROM compliance.audit_log VERSION AS OF 2") == [("2", "100 %")]
    assert query("SELECT audit_log.id FROM compliance.audit_log VERSION AS OF 0") == []
    with pytest.raises(exc.ServerOperationError, match=r"DELTA_VERSION_NOT_FOUND.* 22003"):
        query(log.format("VERSION AS OF 9"))
    for moment in ("2001-01-01", "2100-01-01T00:00:00Z"):
        with pytest.raises(exc.ServerOperationError, match="DELTA_TIMESTAMP_"):
            query(log.format(f"TIMESTAMP AS OF '{moment}'"))


@pytest.mark.usefixtures("two_rows")
def test_who_may_only_read_is_refused_in_the_servers_words(spark_warehouse: Warehouse) -> None:
    """A missing privilege, and what it takes away to read."""
    with spark_warehouse.connect(CATALOG, token="reader") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM compliance.audit_log")
        assert cursor.fetchall()[0][0] == 2
        for statement in ("DELETE FROM compliance.audit_log", "UPDATE compliance.audit_log SET n = 1"):
            with pytest.raises(
                exc.ServerOperationError,
                match=rf"(?s)INSUFFICIENT_PERMISSIONS.*have MODIFY on Table '{CATALOG}\.compliance\.audit_log'.*42501",
            ):
                cursor.execute(statement)
        with pytest.raises(exc.ServerOperationError, match="have CREATE TABLE on Schema"):
            cursor.execute("CREATE TABLE compliance.other (id STRING)")
        with pytest.raises(exc.ServerOperationError, match="have CREATE SCHEMA on Catalog"):
            cursor.execute("CREATE SCHEMA other")
    with pytest.raises(exc.DatabaseError, match="have USE CATALOG on Catalog"):
        spark_warehouse.connect(CATALOG, token="nobody")


@pytest.mark.usefixtures("two_rows")
def test_grants_are_given_taken_and_told(spark_warehouse: Warehouse, query: Query) -> None:
    """A privilege on a schema holds for its tables."""
    query(f"GRANT USE CATALOG, USE SCHEMA ON CATALOG {CATALOG} TO nobody")
    query("GRANT SELECT ON SCHEMA compliance TO nobody")
    assert ("nobody", "SELECT", "SCHEMA", f"{CATALOG}.compliance") in query("SHOW GRANTS ON TABLE compliance.audit_log")
    with spark_warehouse.connect(CATALOG, token="nobody") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM compliance.audit_log")
        query("REVOKE SELECT ON SCHEMA compliance FROM nobody")
        with pytest.raises(exc.ServerOperationError, match="have SELECT on Table"):
            cursor.execute("SELECT count(*) FROM compliance.audit_log")
    query(f"REVOKE USE CATALOG, USE SCHEMA ON CATALOG {CATALOG} FROM nobody")


@pytest.mark.parametrize("racing", [False, True])
def test_writers_of_one_row_lose_nothing(spark_warehouse: Warehouse, racing: bool) -> None:
    """Each has added one; in a race one may be told of the conflict in Delta's words instead."""
    told: list[str] = []
    catalog = f"{CATALOG}_writers_{racing}"
    spark_warehouse.make_catalog(catalog)
    table = f"{catalog}.default.numbers"
    spark_warehouse.run(f"CREATE TABLE {table} (id STRING, n INT) USING DELTA")
    spark_warehouse.run(f"INSERT INTO {table} VALUES ('1', 1)")  # noqa: S608 - made-up names
    if racing:
        spark_warehouse.control("racing", catalog=catalog)

    def add() -> None:
        with spark_warehouse.connect(catalog) as connection, connection.cursor() as cursor:
            try:
                cursor.execute(f"UPDATE {table} SET n = n + 1 WHERE id = '1'")  # noqa: S608 - made-up names
                told.append("")
            except exc.ServerOperationError as error:
                told.append(str(error))

    writers = [threading.Thread(target=add) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert spark_warehouse.run(f"SELECT n FROM {table}")[0][0] == 1 + told.count("")  # noqa: S608 - made-up names
    conflicts = [words for words in told if words]
    assert all("DELTA_CONCURRENT_APPEND" in words and "2D521" in words for words in conflicts)
    assert racing or not conflicts
    spark_warehouse.drop_catalog(catalog)


def test_a_conflict_comes_when_a_test_wants_it(spark_warehouse: Warehouse, query: Query) -> None:
    """For the next writes to one catalog, and no longer."""
    spark_warehouse.control("conflicts", catalog=CATALOG, count=1)
    with pytest.raises(exc.ServerOperationError, match=r"DELTA_CONCURRENT_APPEND.* 2D521"):
        query("DELETE FROM compliance.audit_log")
    query("DELETE FROM compliance.audit_log")


def test_metadata_of_the_whole_catalog_are_quick(cursor: Any, query: Query) -> None:
    """Twenty-seven tables with 420 columns are told within two seconds."""
    for number in range(27):
        columns = ", ".join(f"c{place} STRING COMMENT 'column {place}'" for place in range(16))
        query(f"CREATE TABLE compliance.t{number} ({columns}) USING DELTA")
    query("SELECT count(*) FROM information_schema.columns")  # the first statement of its kind is slower
    started = time.monotonic()
    assert len(query("SELECT * FROM information_schema.columns WHERE table_name LIKE 't%'")) == 27 * 16
    assert time.monotonic() - started < 2
    assert len(cursor.tables(schema_name="compliance").fetchall()) == 28
    assert len(cursor.columns(schema_name="compliance", table_name="t3").fetchall()) == 16
    assert [row[0] for row in cursor.schemas().fetchall()] == ["compliance", "default"]
