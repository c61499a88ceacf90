"""Asks the warehouse who it is and what the portal may do there: one statement on each engine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.grants import Held, Missing, missing_on_databricks, missing_on_postgresql

__all__ = ["ServerFacts", "facts_of", "tables_of_catalog"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server says of itself. `clock` and `missing` are None where the engine does not tell."""

    version: str
    user: str
    catalog: str
    clock: datetime | None
    missing: tuple[Missing, ...] | None


def tables_of_catalog() -> list[str]:
    """Return the names of the 27 tables, `schema.table`."""
    return sorted(model._meta.db_table for model in catalog_models())


def facts_of(connection: BaseDatabaseWrapper) -> ServerFacts:
    """Return the facts. Raises DatabaseError or InterfaceError where the server does not answer."""
    asks = {"databricks": _databricks, "postgresql": _postgresql, "sqlite": _sqlite}
    return asks[connection.vendor](connection)


def _rows(connection: BaseDatabaseWrapper, sql: str, params: Iterable[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, None if params is None else tuple(params))
        return [tuple(row) for row in cursor.fetchall()]


# --- SQLite ----------------------------------------------------------------------------------


def _sqlite(connection: BaseDatabaseWrapper) -> ServerFacts:
    _rows(connection, "SELECT count(*) FROM sqlite_master")  # opens the file, which `SELECT 1` does not
    path = Path(str(connection.settings_dict["NAME"]))
    writable = not path.is_file() or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
    missing = () if writable else (Missing("Give the portal's user the right to write the file and its folder."),)
    return ServerFacts(f"SQLite {sqlite3.sqlite_version}", "", path.name, None, missing)


# --- PostgreSQL ------------------------------------------------------------------------------

_POSTGRESQL = """
SELECT 'clock', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), current_user::text
UNION ALL SELECT 'place', current_database()::text, current_setting('server_version')
UNION ALL SELECT level, name, privilege FROM (
  SELECT 'schema' AS level, n.nspname::text AS name, p AS privilege
  FROM pg_namespace n, unnest(ARRAY['USAGE', 'CREATE']) p
  WHERE n.nspname = ANY(%s) AND NOT has_schema_privilege(n.oid, p)
  UNION ALL
  SELECT 'table', n.nspname || '.' || c.relname, p
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
  WHERE n.nspname || '.' || c.relname = ANY(%s) AND NOT has_table_privilege(c.oid, p)
) lacking
"""


def _postgresql(connection: BaseDatabaseWrapper) -> ServerFacts:
    tables = tables_of_catalog()
    schemas = sorted({table.partition(".")[0] for table in tables})
    clock, place, *lacking = _rows(connection, _POSTGRESQL, (schemas, tables))
    missing = missing_on_postgresql(sorted(lacking, key=lambda row: (row[0], row[1])), user=clock[2])
    moment = datetime.fromisoformat(clock[1]).replace(tzinfo=UTC)
    return ServerFacts(f"PostgreSQL {place[2]}", clock[2], place[1], moment, tuple(missing))


# --- Databricks ------------------------------------------------------------------------------

_SERVER = """
SELECT 'clock' AS level, CAST(unix_micros(current_timestamp()) AS STRING) AS name,
  coalesce(current_version().dbsql_version, current_version().dbr_version) AS privilege, current_user() AS grantee
UNION ALL SELECT 'place', current_catalog(), '', ''
"""
_HELD = """
UNION ALL SELECT 'catalog', catalog_name, privilege_type, grantee FROM information_schema.catalog_privileges
UNION ALL SELECT 'schema', schema_name, privilege_type, grantee FROM information_schema.schema_privileges
UNION ALL SELECT 'table', concat(table_schema, '.', table_name), privilege_type, grantee
  FROM information_schema.table_privileges
UNION ALL SELECT 'schema', schema_name, 'OWNER', schema_owner FROM information_schema.schemata
UNION ALL SELECT 'table', concat(table_schema, '.', table_name), 'OWNER', table_owner FROM information_schema.tables
"""
# Servers without the relations of privileges, such as the local warehouse: not asked for them a second time.
_tell_no_grants: set[str] = set()


def _databricks(connection: BaseDatabaseWrapper) -> ServerFacts:
    server = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT']}"
    if server not in _tell_no_grants:
        try:
            return _read(connection, _rows(connection, _SERVER + _HELD), told=True)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in {"42P01", "42703"}:
                raise
            _tell_no_grants.add(server)
    return _read(connection, _rows(connection, _SERVER), told=False)


def _read(connection: BaseDatabaseWrapper, rows: list[tuple[Any, ...]], *, told: bool) -> ServerFacts:
    clock = next(row for row in rows if row[0] == "clock")
    catalog = next(str(row[1]) for row in rows if row[0] == "place")
    version, user = str(clock[2] or "unknown"), str(clock[3])
    held = [Held(row[0], row[1], row[2]) for row in rows if _is_ours(row, user)]
    missing = None
    if told and held:  # a server that shows no grant at all hides them, for nobody could have come this far
        missing = tuple(missing_on_databricks(held, catalog=catalog, tables=tables_of_catalog(), user=user))
    moment = _EPOCH + timedelta(microseconds=int(clock[1]))
    return ServerFacts(f"Databricks SQL {version}", user, catalog, moment, missing)


def _is_ours(row: tuple[Any, ...], user: str) -> bool:
    """Tell whether a row of privileges counts: our own, or a group's, which is shown to its members alone.

    Other people's are told by an address or by the UUID of a service principal. Owners are shown to everybody.
    """
    level, privilege, grantee = row[0], row[2], str(row[3] or "")
    if level in {"clock", "place"}:
        return False
    others = "@" in grantee or (len(grantee) == 36 and grantee.count("-") == 4)  # noqa: PLR2004 - a UUID
    return grantee == user or (privilege != "OWNER" and not others)
