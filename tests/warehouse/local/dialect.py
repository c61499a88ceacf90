"""Databricks SQL to Spark 3.5 with Iceberg: what has to be said differently, as functions over tokens.

What Iceberg has no place for - informational keys, the columns of CLUSTER BY - travels in the table's properties, so
that `information_schema` and DESCRIBE can tell it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.warehouse.local.lexer import Sql, literal

KEYS, CLUSTERS, CREATED = "local.keys", "local.clusters", "local.created"  # table properties
DML = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
QUERIES = frozenset({"SELECT", "VALUES", "WITH", "FROM", "TABLE", "("})
KEY_ENDS = frozenset({"NOT", "ENFORCED", "RELY", "NORELY", "DEFERRABLE", "INITIALLY", "DEFERRED", "MATCH", "FULL"})
VERSIONS = {"dbr_version": "16.4.x", "dbsql_version": "2026.10", "u_build_hash": "local", "r_build_hash": "local"}


@dataclass(slots=True)
class Facts:
    """What a CREATE TABLE says beyond Iceberg: keys as information_schema tells them, columns of CLUSTER BY."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    clusters: list[str] | None = None

    def properties(self) -> dict[str, str]:
        """Return them as table properties."""
        found = {CREATED: str(time.time_ns() // 1_000_000)}
        if self.keys:
            found[KEYS] = json.dumps(self.keys, separators=(",", ":"))
        if self.clusters is not None:
            found[CLUSTERS] = json.dumps(self.clusters)
        return found


def kind(sql: Sql) -> str:
    """Return the verb of a statement: SELECT, MERGE, CREATE ...; a WITH gives the verb that follows it."""
    if sql.word(0) != "WITH":
        return sql.word(0)
    depth = 0
    for place in range(len(sql)):
        word = sql.word(place)
        depth += {"(": 1, ")": -1}.get(word, 0)
        if not depth and word in DML | {"SELECT"}:
            return word
    return "SELECT"


def target(sql: Sql, verb: str) -> tuple[list[str], int]:
    """Return the table that a DML statement writes to, and the place after its name."""
    place = next(sql.places(verb)) + 1
    while sql.word(place) in {"INTO", "FROM", "OVERWRITE", "TABLE"}:
        place += 1
    return sql.name(place)


def creates_table(sql: Sql) -> bool:
    """Tell whether this is CREATE [OR REPLACE] TABLE or REPLACE TABLE."""
    return sql.word(0) in {"CREATE", "REPLACE"} and "TABLE" in sql.words(1, 4)


def created_name(sql: Sql) -> list[str]:
    """Return the name in CREATE or DROP ... [IF [NOT] EXISTS] name."""
    place = next(
        place for place in range(1, 6) if sql.word(place) in {"TABLE", "SCHEMA", "DATABASE", "CATALOG", "VIEW"}
    )
    place += 1
    while sql.word(place) in {"IF", "NOT", "EXISTS"}:
        place += 1
    return sql.name(place)[0]


def create_table(sql: Sql) -> tuple[Sql, Facts]:
    """Return the statement for Iceberg, and what it says beyond it."""
    facts = Facts()
    sql = _without_clusters(sql, facts)
    sql = _without_keys(sql, facts)
    for place in list(sql.places("USING", "DELTA")):
        sql = sql.replaced(place + 1, place + 2, "iceberg")
    return with_properties(sql, facts.properties()), facts


def _without_clusters(sql: Sql, facts: Facts) -> Sql:
    place = next(sql.places("CLUSTER", "BY"), None)
    if place is None:
        return sql
    facts.clusters, end = clusters_at(sql, place)
    return sql.replaced(place, end, "")


def clusters_at(sql: Sql, place: int) -> tuple[list[str], int]:
    """Return the columns of the CLUSTER BY at `place` and the place after it; NONE and AUTO give no column."""
    if sql.word(place + 2) == "(":
        return sql.names_within(place + 2), sql.closing(place + 2) + 1
    return [], place + 3


def _without_keys(sql: Sql, facts: Facts) -> Sql:
    table = created_name(sql)[-1]
    while (place := key_place(sql)) is not None:
        found, end = key_at(sql, place, table)
        if sql.word(place - 1) == ",":
            place -= 1  # a key of the whole table takes the comma before it along
        else:
            found["columns"] = found["columns"] or [_column_before(sql, place)]
        facts.keys.append(found)
        sql = sql.replaced(place, end, "")
    return sql


def key_place(sql: Sql) -> int | None:
    """Return where the first informational key stands."""
    for place in range(len(sql)):
        start = place + 2 if sql.word(place) == "CONSTRAINT" else place
        if sql.words(start, 2) in {("PRIMARY", "KEY"), ("FOREIGN", "KEY")}:
            return place
    return None


def key_at(sql: Sql, place: int, table: str) -> tuple[dict[str, Any], int]:
    """Return the informational key at `place`, at CONSTRAINT, PRIMARY or FOREIGN, and the place after it."""
    name = ""
    if sql.word(place) == "CONSTRAINT":
        name, place = sql.name(place + 1)[0][-1], place + 2
    sort = sql.word(place)
    place += 2
    columns: list[str] = []
    if sql.word(place) == "(":
        columns, place = sql.names_within(place), sql.closing(place) + 1
    found: dict[str, Any] = {"name": name or f"{table}_{sort.lower()[:2]}", "type": f"{sort} KEY", "columns": columns}
    if sql.word(place) == "REFERENCES":
        found["table"], place = sql.name(place + 1)
        if sql.word(place) == "(":
            found["to"], place = sql.names_within(place), sql.closing(place) + 1
    while (
        sql.word(place) in KEY_ENDS
        or sql.words(place, 2) == ("ON", "UPDATE")
        or sql.words(place, 2) == ("ON", "DELETE")
    ):
        place += 4 if sql.word(place) == "ON" else 1
    return found, place


def _column_before(sql: Sql, place: int) -> str:
    """Return the column in whose definition `place` stands."""
    depth = 0
    while place > 0:
        word = sql.word(place - 1)
        depth += {")": 1, "(": -1, ">": 1, "<": -1}.get(word, 0)
        if depth < 0 or (not depth and word == ","):
            return "".join(sql.name(place)[0])
        place -= 1
    return ""


def with_properties(sql: Sql, properties: dict[str, str]) -> Sql:
    """Return a CREATE TABLE that sets these properties as well."""
    if not properties:
        return sql
    text = ", ".join(f"{literal(name)} = {literal(value)}" for name, value in properties.items())
    place = next(sql.places("TBLPROPERTIES", "("), None)
    if place is not None:
        return sql.replaced(place + 2, place + 2, f"{text}, ")
    query = next((place for place in sql.places("AS") if sql.word(place + 1) in QUERIES), len(sql))
    return sql.replaced(query, query, f" TBLPROPERTIES ({text}) ")


def current_things(sql: Sql, user: str) -> Sql:
    """Return the statement with current_user() and current_version() as the values that they mean here."""
    version = ", ".join(f"{literal(name)}, {literal(value)}" for name, value in VERSIONS.items())
    means = {
        "CURRENT_USER": literal(user),
        "SESSION_USER": literal(user),
        "CURRENT_VERSION": f"named_struct({version})",
    }
    for name, text in means.items():
        while (place := next(sql.places(name, "(", ")"), None)) is not None:
            sql = sql.replaced(place, place + 3, text)
    return sql


def padded_insert(sql: Sql, columns: list[tuple[str, bool]]) -> tuple[Sql, list[str]]:
    """Return an INSERT that names every column, NULL where it left one out, and the required columns left out.

    `columns` are those of the table: name, and whether it takes no NULL. Delta fills them by itself, Iceberg refuses.
    """
    place = target(sql, "INSERT")[1]
    end = sql.closing(place)
    if sql.word(place) != "(" or sql.word(end + 1) not in QUERIES or sql.word(place + 1) in QUERIES:
        return sql, []
    named = {name.lower() for name in sql.names_within(place)}
    missing = [(name, required) for name, required in columns if name.lower() not in named]
    if not missing:
        return sql, []
    names = "".join(f", `{name}`" for name, _ in missing)
    sql = sql.replaced(len(sql), len(sql), ")")
    sql = sql.replaced(end, end + 1, f"{names}) SELECT *{', NULL' * len(missing)} FROM (")
    return sql, [name for name, required in missing if required]
