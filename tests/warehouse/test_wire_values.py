"""Values through the wire and back, with the plain connector."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from databricks.sql.parameters import native

from tests.spark import Warehouse

pytestmark = pytest.mark.warehouse

MOMENT = datetime(2024, 2, 29, 1, 2, 3, 456789, tzinfo=UTC)
VALUES: list[Any] = [
    None,
    True,
    False,
    1,
    -5,
    2**31,
    -(2**40),
    "",
    "héllo 'q' \\ % _ \n ? ${x} 日本 👩‍🏫",
    3.25,
    Decimal("12.34"),
    Decimal("-0.50"),
    Decimal(100),
    date(2024, 2, 29),
    MOMENT,
    MOMENT.astimezone(timezone(timedelta(hours=-5))),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ["a", "b"],
    [1, 2],
    {"a": "b", "c": "d"},
]


@pytest.fixture(scope="module")
def cursor(spark_warehouse: Warehouse) -> Iterator[Any]:
    """Open one cursor for the whole file."""
    with spark_warehouse.connect() as connection, connection.cursor() as cursor:
        yield cursor


def read(cursor: Any) -> Any:
    """Return the one value of the result, as plain Python."""
    found = cursor.fetchall_arrow().column(0)[0].as_py()
    return dict(found) if isinstance(found, list) and found and isinstance(found[0], tuple) else found


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_went(cursor: Any, value: Any) -> None:
    """Every kind of parameter, by place and by name."""
    cursor.execute("SELECT ? AS v", [value])
    assert read(cursor) == value
    cursor.execute("SELECT :v AS v", {"v": value})
    assert read(cursor) == value


def test_a_time_without_a_zone_is_utc(cursor: Any) -> None:
    """The session's zone is UTC."""
    cursor.execute("SELECT ? AS v", [MOMENT.replace(tzinfo=None)])
    assert read(cursor) == MOMENT


def test_parameters_take_the_type_that_the_client_names(cursor: Any) -> None:
    """The column has the type of the parameter."""
    cursor.execute(
        "SELECT ?, ?, ?, ?, ?, ?, ?",
        [
            native.BigIntegerParameter(5),
            native.TinyIntParameter(5),
            native.SmallIntParameter(5),
            native.FloatParameter(1.5),
            native.DoubleParameter(1.5),
            native.DecimalParameter(Decimal("1.5"), None, 5, 2),
            native.TimestampNTZParameter(datetime(2024, 1, 1, 1, 1, 1)),
        ],
    )
    kinds = [column[1] for column in cursor.description]
    assert kinds == ["bigint", "tinyint", "smallint", "float", "double", "decimal", "timestamp"]


def test_columns_are_described(cursor: Any) -> None:
    """Name, type, precision and scale."""
    cursor.execute("SELECT CAST(1.5 AS DECIMAL(5, 2)) c, MAP('a', 'b') f, ARRAY('x') g, NULL h, current_timestamp() t")
    assert [(name, kind, precision, scale) for name, kind, _, _, precision, scale, _ in cursor.description] == [
        ("c", "decimal", 5, 2),
        ("f", "map", None, None),
        ("g", "array", None, None),
        ("h", "null", None, None),
        ("t", "timestamp", None, None),
    ]


def test_complex_values_come_as_json_to_a_client_that_wants_text(spark_warehouse: Warehouse) -> None:
    """As with complexTypesAsArrow off."""
    with spark_warehouse.connect(_use_arrow_native_complex_types=False) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT MAP('a', 'b'), ARRAY(1, 2)")
        assert tuple(cursor.fetchall()[0]) == ('{"a":"b"}', "[1,2]")


def test_a_marker_in_a_literal_or_a_comment_is_none(cursor: Any) -> None:
    """Only the one outside counts."""
    cursor.execute("SELECT '?' /* ? */, ? -- ?\n AS v, `a?` FROM (SELECT 1 AS `a?`)", ["x"])
    assert tuple(cursor.fetchall()[0]) == ("?", "x", 1)


def test_a_million_bytes_and_255_markers_are_the_limit(cursor: Any) -> None:
    """As on the real server."""
    cursor.execute("SELECT " + ", ".join(["?"] * 255), list(range(255)))
    assert len(cursor.fetchall()[0]) == 255
    cursor.execute("SELECT length(?)", ["x" * 1_000_000])
    assert cursor.fetchall()[0][0] == 1_000_000
    with pytest.raises(Exception, match="too many parameters: 256 parameters were given but the limit is 255"):
        cursor.execute("SELECT " + ", ".join(["?"] * 256), list(range(256)))
    with pytest.raises(Exception, match="parameter values of 1048577 bytes but the limit is 1048576"):
        cursor.execute("SELECT length(?)", ["x" * 1_048_577])


def test_a_missing_parameter_is_refused(cursor: Any) -> None:
    """With its SQLSTATE."""
    with pytest.raises(Exception, match=r"\[UNBOUND_SQL_PARAMETER\].* SQLSTATE: 42P02"):
        cursor.execute("SELECT ?, ?", [1])


def test_many_rows_come_in_batches(cursor: Any) -> None:
    """A hundred thousand rows over several calls, none lost."""
    cursor.execute("SELECT id, CAST(id AS STRING) AS t FROM range(250000)")
    seen = 0
    while batch := cursor.fetchmany_arrow(60_000).num_rows:
        seen += batch
    assert seen == 250_000
