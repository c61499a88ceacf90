"""Rows as JSON parameters, and the statements that read them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.databricks.merge import (
    filled,
    insert_sql,
    json_arrays,
    json_object,
    matched,
    merge_sql,
    rows_sql,
    text_literal,
)

COLUMNS = [("id", "STRING"), ("at", "TIMESTAMP"), ("share", "DECIMAL(5,2)"), ("n", "INT"), ("m", "MAP<STRING,STRING>")]
whole_text = st.text(st.characters(exclude_categories=["Cs"]))
rows = st.lists(st.dictionaries(whole_text, st.none() | st.booleans() | st.integers() | whole_text, max_size=4))


def quote(name: str) -> str:
    """Quote as the backend does: a dot parts schema and table."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in name.split("."))


@given(rows, st.integers(2, 200))
def test_arrays_hold_every_row_once_in_order_under_the_limit(given_rows: list[dict[str, Any]], limit: int) -> None:
    """Joined again the arrays give the rows; only an array of one row may be over the limit."""
    arrays = list(json_arrays(map(json_object, given_rows), limit))
    assert [row for array in arrays for row in json.loads(array)] == given_rows
    for array in arrays:
        assert len(array.encode()) <= limit or len(json.loads(array)) == 1


@given(rows.filter(bool), st.integers(2, 200))
def test_arrays_are_as_few_as_order_allows(given_rows: list[dict[str, Any]], limit: int) -> None:
    """No row of an array would have fitted into the one before."""
    arrays = list(json_arrays(map(json_object, given_rows), limit))
    for before, after in pairwise(arrays):
        first = json_object(json.loads(after)[0])
        assert len(before.encode()) + len(first.encode()) + 1 > limit


def test_no_rows_give_no_array() -> None:
    """Nothing to write sends nothing."""
    assert list(json_arrays([])) == []


@given(rows, st.integers(2, 200))
def test_a_row_over_the_limit_stands_in_the_statement(given_rows: list[dict[str, Any]], limit: int) -> None:
    """What is in the statement reads back as the array, and holds nothing that SQL or a cursor would take apart."""
    for array in json_arrays(map(json_object, given_rows), limit):
        sql, params = filled("SELECT %s, '100%%'", array, limit)
        if params:
            assert (sql, params) == ("SELECT %s, '100%%'", (array,))
            continue
        written = sql.removeprefix("SELECT CAST(unbase64('").removesuffix("') AS STRING), '100%%'")
        assert base64.b64decode(written, validate=True).decode() == array


@given(whole_text)
def test_a_literal_reads_back_as_the_text(text: str) -> None:
    """Read with the escapes of Databricks SQL, the literal is the text, and it ends where it should."""
    literal = text_literal(text)
    assert (literal[0], literal[-1]) == ("'", "'")
    read, escaped = [], False
    for character in literal[1:-1]:
        if not escaped and character == "\\":
            escaped = True
            continue
        assert escaped or character != "'", "the literal would end here"
        read.append(character)
        escaped = False
    assert not escaped
    assert "".join(read) == text


def test_values_keep_their_digits() -> None:
    """Decimals, instants and bytes travel as text, to the last digit; maps and lists as JSON."""
    row = {
        "d": Decimal("1E-7"),
        "big": Decimal("12345678901234567890.5"),
        "at": datetime(2025, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        "day": date(1970, 1, 1),
        "blob": b"\x00\xff",
        "m": {"é": None},
        "a": ["x", None],
    }
    assert json.loads(json_object(row)) == {
        "d": "0.0000001",
        "big": "12345678901234567890.5",
        "at": "2025-01-02 03:04:05.000006+00:00",
        "day": "1970-01-01",
        "blob": "00ff",
        "m": {"é": None},
        "a": ["x", None],
    }


@pytest.mark.parametrize(("value", "error"), [(Decimal("NaN"), ValueError), ({1, 2}, TypeError)])
def test_values_without_a_form_are_refused(value: Any, error: type[Exception]) -> None:
    """Nothing is guessed at, and the message does not repeat the value."""
    with pytest.raises(error):
        json_object({"a": value})


def test_merge_names_tables_columns_and_keys() -> None:
    """The whole statement, once, to read."""
    assert merge_sql(quote, "compliance.audit_log", COLUMNS, keys=["id"], update=["at", "n"]) == (
        "MERGE INTO `compliance`.`audit_log` t USING (SELECT r.`id` AS `id`, CAST(r.`at` AS TIMESTAMP) AS `at`,"
        " CAST(r.`share` AS DECIMAL(5,2)) AS `share`, r.`n` AS `n`, r.`m` AS `m` FROM (SELECT explode(from_json(%s,"
        " 'ARRAY<STRUCT<`id`:STRING,`at`:STRING,`share`:STRING,`n`:INT,`m`:MAP<STRING,STRING>>>',"
        " map('mode', 'FAILFAST'))) AS r)) s ON t.`id` = s.`id`"
        " WHEN MATCHED THEN UPDATE SET t.`at` = s.`at`, t.`n` = s.`n`"
        " WHEN NOT MATCHED THEN INSERT (`id`, `at`, `share`, `n`, `m`) VALUES (s.`id`, s.`at`, s.`share`, s.`n`, s.`m`)"
    )


def test_merge_only_inserts_or_only_updates() -> None:
    """Either half can be left out, not both."""
    added = merge_sql(quote, "t", COLUMNS, keys=["id"])
    changed = merge_sql(quote, "t", COLUMNS, keys=["id", "n"], update=["at"], insert=False)
    assert "WHEN MATCHED" not in added
    assert "NOT MATCHED" not in changed
    assert "ON t.`id` = s.`id` AND t.`n` = s.`n`" in changed
    with pytest.raises(ValueError, match="does nothing"):
        merge_sql(quote, "t", COLUMNS, keys=["id"], insert=False)


@given(st.text(min_size=1).filter(lambda name: "." not in name))
def test_statements_have_one_placeholder_whatever_the_names(name: str) -> None:
    """A column may be called anything: the cursor still finds one placeholder, and the literal its end."""
    for sql in (
        rows_sql(lambda n: quote(n).replace("%", "%%"), [(name, "BINARY")]),
        insert_sql(lambda n: quote(n).replace("%", "%%"), "t", [(name, "STRING")]),
    ):
        assert (sql % "?").count("from_json(?") == 1


def test_a_span_of_keys_lets_the_warehouse_skip_files() -> None:
    """The span stands in the condition; texts that would need escaping make none."""
    assert matched(quote, ["id"], ("a-1", "b-2")) == "t.`id` = s.`id` AND t.`id` >= 'a-1' AND t.`id` <= 'b-2'"
    assert matched(quote, ["id"], ("a", "o'clock")) == matched(quote, ["id"], ("a", "%s")) == matched(quote, ["id"])
    assert " >= 'a' AND " in merge_sql(quote, "t", COLUMNS, keys=["id"], span=("a", "b"))
