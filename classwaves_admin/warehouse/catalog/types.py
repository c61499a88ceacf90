"""Reads the live columns of a table in the catalog's own words, one reader an engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

# SQLite and PostgreSQL keep both as JSON and cannot tell them apart.
_JSON = {"MAP<STRING,STRING>": "JSON", "ARRAY<STRING>": "JSON"}

_SQLITE = {"text": "STRING", "integer": "INT", "bigint": "BIGINT", "bool": "BOOLEAN", "datetime": "TIMESTAMP"}
_POSTGRESQL = {
    "text": "STRING",
    "int4": "INT",
    "int8": "BIGINT",
    "bool": "BOOLEAN",
    "timestamptz": "TIMESTAMP",
    "jsonb": "JSON",
}


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as the engine has it: its type in the catalog's words, or in the engine's where those have none."""

    name: str
    type: str
    nullable: bool


def live_columns(connection: BaseDatabaseWrapper, table: str) -> dict[str, LiveColumn]:
    """Return the columns of a live table by name."""
    return {column.name: column for column in _READERS[connection.vendor](connection, table)}


def comparable(connection: BaseDatabaseWrapper, catalog_type: str) -> str:
    """Return the type that `live_columns` gives for a column of `catalog_type` on this engine."""
    return _JSON.get(catalog_type, catalog_type) if connection.vendor in {"sqlite", "postgresql"} else catalog_type


def _sqlite(connection: BaseDatabaseWrapper, table: str) -> list[LiveColumn]:
    """Ask SQLite itself: Django's parser of CREATE TABLE stumbles over a type such as `decimal(6, 2)`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
        row = cursor.fetchone()
        made_by = row[0].lower() if row else ""
        cursor.execute('SELECT name, type, "notnull" FROM pragma_table_xinfo(%s)', [table])
        return [
            LiveColumn(name, _sqlite_type(declared, f'json_valid("{name.lower()}")' in made_by), not notnull)
            for name, declared, notnull in cursor.fetchall()
        ]


def _sqlite_type(declared: str, holds_json: bool) -> str:
    plain = declared.lower().replace(" ", "")
    if plain == "text" and holds_json:
        return "JSON"
    if plain.startswith("decimal("):
        return plain.upper()
    return _SQLITE.get(plain, plain)


def _postgresql(connection: BaseDatabaseWrapper, table: str) -> list[LiveColumn]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    known = connection.connection.adapters.types
    columns = []
    for column in described:
        engine_type = known.get(column.type_code)
        name = engine_type.name if engine_type else f"type {column.type_code}"
        if name == "numeric" and column.precision:
            live = f"DECIMAL({column.precision},{column.scale})"
        else:
            live = _POSTGRESQL.get(name, name)
        columns.append(LiveColumn(column.name, live, bool(column.null_ok)))
    return columns


_READERS: dict[str, Callable[[BaseDatabaseWrapper, str], list[LiveColumn]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
