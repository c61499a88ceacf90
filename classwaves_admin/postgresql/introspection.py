"""Reads the tables of the models' schemas, and those of the search path under their plain names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.backends.postgresql import introspection
from django.db.backends.postgresql.introspection import FieldInfo, TableInfo
from django.db.backends.utils import CursorWrapper

from classwaves_admin.postgresql.names import inside, quoted, split

if TYPE_CHECKING:
    from classwaves_admin.postgresql.base import DatabaseWrapper

# A dotted name in the search path is a table of the former form (former.py): its schema is written before it, so
# that it is not taken for the table in the schema of that name.
_TABLES = """
SELECT CASE WHEN n.nspname = ANY(%s) OR strpos(c.relname, '.') > 0 THEN n.nspname || '.' ELSE '' END || c.relname,
       CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END,
       obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
  AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
  AND (n.nspname = ANY(%s) OR pg_catalog.pg_table_is_visible(c.oid))
"""
_RELATIONS = """
SELECT own.attname, n.nspname, other.relname, theirs.attname
FROM pg_constraint con
JOIN pg_class other ON other.oid = con.confrelid
JOIN pg_namespace n ON n.oid = other.relnamespace
JOIN pg_attribute own ON own.attrelid = con.conrelid AND own.attnum = con.conkey[1]
JOIN pg_attribute theirs ON theirs.attrelid = con.confrelid AND theirs.attnum = con.confkey[1]
WHERE con.contype = 'f' AND con.conrelid = to_regclass(%s)
"""


class DatabaseIntrospection(introspection.DatabaseIntrospection):
    """Django's introspection for names of the form `schema.table`.

    Django's own statements know tables by the search path, so they run with the table's schema as the path.
    """

    connection: DatabaseWrapper

    def get_table_list(self, cursor: Any) -> list[TableInfo]:  # type: ignore[override]
        """Return tables and views: those of the models' schemas as `schema.table`, others by their plain names."""
        schemas = sorted(self.connection.model_schemas())
        cursor.execute(_TABLES, [schemas, schemas])
        return [TableInfo(*row) for row in cursor.fetchall() if row[0] not in self.ignored_tables]

    def get_table_description(self, cursor: CursorWrapper, table_name: str) -> list[FieldInfo]:
        """Return the columns of a table, with nullability, default, collation and comment."""
        with self._in_schema(cursor, table_name) as table:
            return super().get_table_description(cursor, table)

    def get_sequences(self, cursor: CursorWrapper, table_name: str, table_fields: Any = ()) -> list[Any]:
        """Return the sequences that belong to a table's columns; names carry the schema."""
        with self._in_schema(cursor, table_name) as table:
            found = super().get_sequences(cursor, table, table_fields)
        schema, _ = split(table_name)
        return [{**entry, "name": inside(schema, entry["name"]), "table": table_name} for entry in found]

    def get_relations(self, cursor: CursorWrapper, table_name: str) -> dict[str, tuple[str, str]]:
        """Return `{column: (column of the other table, other table)}` for foreign keys, across schemas too."""
        cursor.execute(_RELATIONS, [quoted(table_name)])
        schemas = self.connection.model_schemas()
        return {
            own: (theirs, inside(schema, table) if schema in schemas else table)
            for own, schema, table, theirs in cursor.fetchall()
        }

    def get_constraints(self, cursor: CursorWrapper, table_name: str) -> dict[str, Any]:
        """Return constraints and indexes by their plain names, which live in the schema of their table."""
        with self._in_schema(cursor, table_name) as table:
            found: dict[str, Any] = dict(super().get_constraints(cursor, table))
        if any(constraint["foreign_key"] for constraint in found.values()):
            relations = self.get_relations(cursor, table_name)
            for constraint in found.values():
                if constraint["foreign_key"]:
                    column, other = relations[constraint["columns"][0]]
                    constraint["foreign_key"] = (other, column)
        return found

    @contextmanager
    def _in_schema(self, cursor: CursorWrapper, table_name: str) -> Iterator[str]:
        """Make the table's schema the search path inside the block and give the plain name.

        Inside a transaction, so that neither an error nor a pool of connections leaves the path behind.
        """
        schema, table = split(table_name)
        if not schema:
            yield table
            return
        with transaction.atomic(using=self.connection.alias):
            cursor.execute("SELECT current_setting('search_path')")
            before = cursor.fetchone()
            cursor.execute("SELECT set_config('search_path', %s, true)", [quoted(schema)])
            yield table
            cursor.execute("SELECT set_config('search_path', %s, true)", before)
