"""Reads the live columns of all tables in the catalog's own words: one statement, one reader an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.databricks.introspection import table_name

# SQLite and PostgreSQL keep both as JSON and cannot tell them apart.
_JSON = {"MAP<STRING,STRING>": "JSON", "ARRAY<STRING>": "JSON"}

_SQLITE = {"text": "STRING", "integer": "INT", "bigint": "BIGINT", "bool": "BOOLEAN", "datetime": "TIMESTAMP"}
_POSTGRESQL = {
    "text": "STRING",
    "integer": "INT",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp with time zone": "TIMESTAMP",
    "jsonb": "JSON",
}


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as the engine has it: its type in the catalog's words, or in the engine's where those have none."""

    name: str
    type: str
    nullable: bool


LiveTables = dict[str, dict[str, LiveColumn]]


def live_tables(connection: BaseDatabaseWrapper) -> LiveTables:
    """Return the columns of every table and view, by the names of table and column. One statement."""
    found: LiveTables = {}
    for table, column in _READERS[connection.vendor](connection):
        found.setdefault(table, {})[column.name] = column
    return found


def comparable(connection: BaseDatabaseWrapper, catalog_type: str) -> str:
    """Return the type that `live_tables` gives for a column of `catalog_type` on this engine."""
    return _JSON.get(catalog_type, catalog_type) if connection.vendor in {"sqlite", "postgresql"} else catalog_type


Reader = Callable[[BaseDatabaseWrapper], Iterator[tuple[str, LiveColumn]]]


def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, LiveColumn]]:
    """Ask SQLite itself: Django's parser of CREATE TABLE stumbles over a type such as `decimal(6, 2)`."""
    rows = _rows(
        connection,
        'SELECT made.name, made.sql, found.name, found.type, found."notnull"'
        " FROM sqlite_master made, pragma_table_xinfo(made.name) found"
        " WHERE made.type IN ('table', 'view') AND made.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    )
    for table, made_by, name, declared, notnull in rows:
        holds_json = f'json_valid("{name.lower()}")' in made_by.lower()
        yield table, LiveColumn(name, _sqlite_type(declared, holds_json), not notnull)


def _sqlite_type(declared: str, holds_json: bool) -> str:
    plain = declared.lower().replace(" ", "")
    if plain == "text" and holds_json:
        return "JSON"
    if plain.startswith("decimal("):
        return plain.upper()
    return _SQLITE.get(plain, plain)


def _postgresql(connection: Any) -> Iterator[tuple[str, LiveColumn]]:
    """Ask PostgreSQL for the tables that its introspection lists, under the same names."""
    schemas = sorted(connection.model_schemas())
    rows = _rows(
        connection,
        """
        SELECT CASE WHEN n.nspname = ANY(%s) OR strpos(c.relname, '.') > 0 THEN n.nspname || '.' ELSE '' END
               || c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
          AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
          AND (n.nspname = ANY(%s) OR pg_catalog.pg_table_is_visible(c.oid))
        ORDER BY c.oid, a.attnum
        """,
        [schemas, schemas],
    )
    for table, name, engine_type, notnull in rows:
        yield table, LiveColumn(name, _postgresql_type(engine_type), not notnull)


def _postgresql_type(engine_type: str) -> str:
    if engine_type.startswith("numeric("):
        return engine_type.replace("numeric", "DECIMAL")
    return _POSTGRESQL.get(engine_type, engine_type.replace("character varying", "varchar"))


def _databricks(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, LiveColumn]]:
    """Ask the catalog's information_schema, which tells of what the portal may see."""
    rows = _rows(
        connection,
        "SELECT table_schema, table_name, column_name, full_data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name, ordinal_position",
    )
    for schema, table, name, full_type, nullable in rows:
        yield table_name(schema, table), LiveColumn(name, full_type.upper().replace(" ", ""), nullable == "YES")


def _rows(connection: BaseDatabaseWrapper, sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


_READERS: dict[str, Reader] = {"sqlite": _sqlite, "postgresql": _postgresql, "databricks": _databricks}
