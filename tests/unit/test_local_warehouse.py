"""The rewrites of the local SQL warehouse, without Spark: what stands in literals, comments and quoted names stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.local import access, dialect, time_travel
from tests.warehouse.local.lexer import Sql, literal, meaning, quoted, tokens
from tests.warehouse.local.metadata import Table, type_name

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
# Everything that a rewrite looks for.
BAIT = st.sampled_from(
    [
        "USING DELTA",
        "CLUSTER BY (a)",
        "PRIMARY KEY (id)",
        ", CONSTRAINT k FOREIGN KEY (a) REFERENCES b (c)",
        "VERSION AS OF 1",
        "TIMESTAMP AS OF '2024-01-01'",
        "information_schema.tables",
        "current_user()",
        "current_version()",
        "? :name",
        ") VALUES (",
    ]
)
TEXT = st.lists(PLAIN | BAIT, max_size=4).map(" ".join)
LITERALS = TEXT.map(literal)
COMMENTS = TEXT.map(lambda text: "/* " + re.sub(r"\*/|/\*", "", text).replace("*", "").replace("/", "") + " */")
NAMES = TEXT.map(lambda text: quoted([text]))
HIDDEN = LITERALS | COMMENTS | NAMES


@given(PLAIN | TEXT)
def test_the_pieces_are_the_statement(text: str) -> None:
    """Nothing is lost, also of what is no SQL."""
    assert "".join(token.text for token in tokens(text)) == text


@given(TEXT)
def test_a_literal_means_its_text(text: str) -> None:
    """It is one piece, and reads back."""
    pieces = list(tokens(literal(text)))
    assert [token.kind for token in pieces] == ["literal"]
    assert meaning(pieces[0].text) == text


@given(st.lists(HIDDEN, max_size=5))
def test_what_is_hidden_is_one_piece(hidden: list[str]) -> None:
    """A literal, a comment, a quoted name: whatever stands in it."""
    pieces = [token.text for token in tokens(" + ".join(hidden)) if token.kind not in {"space", "sign"}]
    assert pieces == hidden


def unchanged(text: str) -> Table:
    """Refuse to look a table up: no rewrite of hidden text may ask for one."""
    raise AssertionError(text)


@given(HIDDEN)
def test_rewrites_touch_nothing_hidden(hidden: str) -> None:
    """Each rewrite gives the statement back as it was."""
    text = "SELECT {0} FROM t WHERE a = {0}".replace("{0}", hidden)
    sql = Sql.read(text)
    assert str(dialect.current_things(sql, "me")) == text
    assert str(time_travel.with_snapshots(sql, lambda parts: unchanged(str(parts)))) == text
    assert str(time_travel.with_moments(sql, lambda parts: unchanged(str(parts)))) == text


@given(LITERALS)
def test_a_created_table_keeps_its_comments(comment: str) -> None:
    """Only the words outside change."""
    made, facts = dialect.create_table(
        Sql.read(
            f"CREATE TABLE s.t (id STRING COMMENT {comment}, CONSTRAINT k PRIMARY KEY (id)) "
            f"USING DELTA COMMENT {comment}"
        )
    )
    assert str(made).startswith(f"CREATE TABLE s.t (id STRING COMMENT {comment}) USING iceberg COMMENT {comment} ")
    assert facts.keys == [{"name": "k", "type": "PRIMARY KEY", "columns": ["id"]}]


@given(LITERALS)
def test_an_insert_keeps_its_values(value: str) -> None:
    """NULL goes to the columns left out, around the values."""
    sql, refused = dialect.padded_insert(
        Sql.read("INSERT INTO s.t (`a`) VALUES (%s)".replace("%s", value)), [("a", True), ("b", False), ("c", True)]
    )
    padded = "INSERT INTO s.t (`a`, `b`, `c`) SELECT *, NULL, NULL FROM ( VALUES (%s))"
    assert str(sql) == padded.replace("%s", value)
    assert refused == ["c"]


@pytest.mark.parametrize(
    ("text", "keys", "clusters"),
    [
        ("(id STRING NOT NULL PRIMARY KEY) CLUSTER BY (id, at)", [("PRIMARY KEY", ["id"])], ["id", "at"]),
        (
            "(m MAP<STRING,STRING>, x STRING, CONSTRAINT f FOREIGN KEY (x) REFERENCES a.b (y) NOT ENFORCED RELY)",
            [("FOREIGN KEY", ["x"])],
            None,
        ),
        ("(x DECIMAL(5,2) REFERENCED STRING)", [], None),
        ("(id STRING) CLUSTER BY AUTO", [], []),
    ],
)
def test_keys_and_clusters_are_noted_and_gone(
    text: str, keys: list[tuple[str, list[str]]], clusters: list[str] | None
) -> None:
    """Spark would refuse them."""
    made, facts = dialect.create_table(Sql.read(f"CREATE TABLE IF NOT EXISTS s.t {text}"))
    assert [(key["type"], key["columns"]) for key in facts.keys] == keys
    assert facts.clusters == clusters
    columns = str(made).partition("TBLPROPERTIES")[0]
    assert not re.search("PRIMARY|FOREIGN|CLUSTER|ENFORCED|RELY", columns)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("WITH a AS (SELECT 1) SELECT * FROM a", "SELECT"),
        ("WITH a AS (DELETE) INSERT INTO t SELECT 1", "INSERT"),
        ("/* MERGE */ UPDATE t SET a = 1", "UPDATE"),
        ("-- SELECT\nDELETE FROM t", "DELETE"),
    ],
)
def test_the_verb_is_found(text: str, verb: str) -> None:
    """Past comments and WITH."""
    assert dialect.kind(Sql.read(text)) == verb


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("SELECT * FROM a.b JOIN c.d ON 1 = 1", [("SELECT", ["a", "b"]), ("SELECT", ["c", "d"])]),
        (
            "MERGE INTO a.b USING c.d ON 1 = 1 WHEN MATCHED THEN DELETE",
            [("MODIFY", ["a", "b"]), ("SELECT", ["c", "d"])],
        ),
        ("WITH x AS (SELECT * FROM a.b) SELECT * FROM x", [("SELECT", ["a", "b"])]),
        ("DROP TABLE IF EXISTS a.b", [("MANAGE", ["a", "b"])]),
        ("SELECT 'FROM a.b' -- FROM c.d", []),
        ("SELECT * FROM information_schema.tables", []),
    ],
)
def test_a_statement_needs_privileges(text: str, needs: list[tuple[str, list[str]]]) -> None:
    """On the tables that it names outside literals and comments."""
    assert [(privilege, name) for privilege, _, name in access.needed(Sql.read(text))] == needs


@pytest.mark.parametrize(
    ("iceberg", "databricks"),
    [
        ("timestamptz", "timestamp"),
        ("long", "bigint"),
        ("decimal(5, 2)", "decimal(5,2)"),
        ({"type": "list", "element": "string"}, "array<string>"),
        ({"type": "map", "key": "string", "value": {"type": "list", "element": "int"}}, "map<string,array<int>>"),
        ({"type": "struct", "fields": [{"name": "a", "type": "long"}]}, "struct<a:bigint>"),
    ],
)
def test_types_have_the_names_of_databricks(iceberg: object, databricks: str) -> None:
    """As information_schema tells them."""
    assert type_name(iceberg) == databricks


@pytest.mark.parametrize("text", ["SELECT 1 /* open", "SELECT 'open", "`", "/*/", "r'\\' = 'x'"])
def test_unfinished_statements_are_read_to_their_end(text: str) -> None:
    """Spark says what is wrong with them."""
    assert str(Sql.read(text)) == text
