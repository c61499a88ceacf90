"""Reads a live column's type in the catalog's own words, one reader an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

# What an engine's introspection says of a column; Django's tuple differs a little between engines.
LiveColumn = Any

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


def live_type(connection: BaseDatabaseWrapper, column: LiveColumn) -> str:
    """Return the type of a live column in the catalog's words, or in the engine's own where it has no such type."""
    return _READERS[connection.vendor](connection, column)


def comparable(connection: BaseDatabaseWrapper, catalog_type: str) -> str:
    """Return what `live_type` says of a column of `catalog_type` on this engine."""
    return _JSON.get(catalog_type, catalog_type)


def _sqlite(_connection: BaseDatabaseWrapper, column: LiveColumn) -> str:
    declared = str(column.type_code).lower().replace(" ", "")
    if declared == "text" and column.has_json_constraint:
        return "JSON"
    if declared.startswith("decimal("):
        return declared.upper()
    return _SQLITE.get(declared, declared)


def _postgresql(connection: BaseDatabaseWrapper, column: LiveColumn) -> str:
    known = connection.connection.adapters.types.get(column.type_code)
    name = known.name if known else f"type {column.type_code}"
    if name == "numeric":
        return f"DECIMAL({column.precision},{column.scale})" if column.precision else "numeric"
    return _POSTGRESQL.get(name, name)


_READERS: dict[str, Callable[[BaseDatabaseWrapper, LiveColumn], str]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
