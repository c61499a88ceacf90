"""What is in the catalog, read from its information_schema."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.introspection import BaseDatabaseIntrospection
from django.db.backends.base.introspection import FieldInfo as BaseFieldInfo
from django.db.backends.base.introspection import TableInfo as BaseTableInfo

# With `comment`, inspectdb prints the comments too.
FieldInfo = namedtuple("FieldInfo", [*BaseFieldInfo._fields, "comment"])  # type: ignore[misc]
TableInfo = namedtuple("TableInfo", [*BaseTableInfo._fields, "comment"])  # type: ignore[misc]

DEFAULT_SCHEMA = "default"
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_PRIMARY_KEY = (
    "SELECT k.column_name FROM information_schema.table_constraints c JOIN information_schema.key_column_usage k"
    " ON k.constraint_schema = c.constraint_schema AND k.constraint_name = c.constraint_name"
    " AND k.table_name = c.table_name WHERE c.constraint_type = 'PRIMARY KEY'"
    " AND c.table_schema = %s AND c.table_name = %s ORDER BY k.ordinal_position"
)


class DatabaseIntrospection(BaseDatabaseIntrospection):
    """Tables are named `schema.table`; those of the schema `default` have their bare name."""

    data_types_reverse = {
        "string": "TextField",
        "int": "IntegerField",
        "bigint": "BigIntegerField",
        "smallint": "SmallIntegerField",
        "tinyint": "SmallIntegerField",
        "boolean": "BooleanField",
        "timestamp": "DateTimeField",
        "timestamp_ntz": "DateTimeField",
        "date": "DateField",
        "decimal": "DecimalField",
        "double": "FloatField",
        "float": "FloatField",
        "binary": "BinaryField",
    }

    def identifier_converter(self, name: str) -> str:
        """Return the name as the catalog keeps it: in small letters."""
        return name.lower()

    def get_table_list(self, cursor: Any) -> list[Any]:
        """Return all tables and views with their comments. One statement."""
        cursor.execute(
            "SELECT table_schema, table_name, table_type, comment FROM information_schema.tables"
            " WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name"
        )
        return [
            TableInfo._make((table_name(schema, table), "v" if "VIEW" in kind else "t", comment))
            for schema, table, kind, comment in cursor.fetchall()
        ]

    def get_table_description(self, cursor: Any, table_name: str) -> list[Any]:
        """Return the columns of a table. One statement."""
        cursor.execute(
            "SELECT column_name, full_data_type, is_nullable, comment FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
            split(table_name),
        )
        return [_described(*row) for row in cursor.fetchall()]

    def get_primary_key_columns(self, cursor: Any, table_name: str) -> list[str]:
        """Return the columns of the informational primary key; where none is noted, a NOT NULL column `id`."""
        try:
            cursor.execute(_PRIMARY_KEY, split(table_name))
            noted = [name for (name,) in cursor.fetchall()]
        except DatabaseError:  # a catalog without keys, such as the local warehouse
            noted = []
        if noted:
            return noted
        columns = self.get_table_description(cursor, table_name)
        return [column.name for column in columns if column.name == "id" and not column.null_ok]

    def get_primary_key_column(self, cursor: Any, table_name: str) -> str | None:
        """Return the one column of the primary key, or None."""
        columns = self.get_primary_key_columns(cursor, table_name)
        return columns[0] if len(columns) == 1 else None

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Iterable[Any] = ()) -> list[Any]:
        """Return nothing: ids are made by who writes."""
        return []

    def get_relations(self, cursor: Any, table_name: str) -> dict[str, tuple[str, str]]:
        """Return nothing: informational keys may be wrong."""
        return {}

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, Any]:
        """Return nothing that is enforced, and no index."""
        return {}


def table_name(schema: str, table: str) -> str:
    """Return the name by which models know a table."""
    return table if schema == DEFAULT_SCHEMA else f"{schema}.{table}"


def split(name: str) -> tuple[str, str]:
    """Return the schema and the table of a model's `db_table`."""
    schema, _, table = name.rpartition(".")
    return schema or DEFAULT_SCHEMA, table


def _described(name: str, full_type: str, nullable: str, comment: str | None) -> Any:
    plain = full_type.lower()
    digits = _DECIMAL.fullmatch(plain)
    precision, scale = (int(digits[1]), int(digits[2])) if digits else (None, None)
    kind = re.split(r"[(<]", plain)[0]
    return FieldInfo._make((name, kind, None, None, precision, scale, nullable == "YES", None, None, comment))
