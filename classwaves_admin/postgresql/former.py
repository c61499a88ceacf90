"""Moves the tables of an earlier release into their schemas.

Before this backend an installation on PostgreSQL kept `users.schools` as a table of that name, dot included, inside
`public`. Moving is a change of names: no row is copied, and indexes, comments and rights stay with their table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management import CommandError

from classwaves_admin.postgresql.names import quoted, split

if TYPE_CHECKING:
    from classwaves_admin.postgresql.schema import DatabaseSchemaEditor

_FORMER = """
SELECT n.nspname, c.relname, to_regclass(quote_ident(split_part(c.relname, '.', 1)) || '.'
       || quote_ident(substr(c.relname, strpos(c.relname, '.') + 1))) IS NOT NULL
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('p', 'r') AND split_part(c.relname, '.', 1) = ANY(%s) AND strpos(c.relname, '.') > 0
  AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY c.relname
"""
_INDEXES = """
SELECT c.relname
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%s) AND strpos(c.relname, '.') > 0
ORDER BY c.relname
"""


class BothForms(CommandError):
    """A table is there twice: in `public` with a dot in its name, and in its schema. Commands print the sentence."""

    def __init__(self, home: str, table: str) -> None:
        super().__init__(
            f"The table {quoted(table)} exists, and {quoted(home)}.{quoted_whole(table)} of an earlier release too. "
            "Copy the rows that are missing, drop the earlier table, and run this again."
        )


def quoted_whole(name: str) -> str:
    """Return a name quoted for SQL with its dots inside."""
    return f'"{name}"'


def move_former_tables(editor: DatabaseSchemaEditor) -> list[str]:
    """Move every such table, with its indexes, and return their names. A second call finds nothing.

    Run inside the editor's transaction: all move or none. Raises BothForms.
    """
    with editor.connection.cursor() as cursor:
        cursor.execute(_FORMER, [sorted(editor.connection.model_schemas())])
        former = cursor.fetchall()
    for home, table, there in former:
        if there:
            raise BothForms(home, table)
    for home, table, _ in former:
        schema, plain = split(table)
        editor.create_schema(schema)
        editor.execute(f"ALTER TABLE {quoted_whole(home)}.{quoted_whole(table)} SET SCHEMA {quoted_whole(schema)}")
        editor.execute(f"ALTER TABLE {quoted_whole(schema)}.{quoted_whole(table)} RENAME TO {quoted_whole(plain)}")
        _rename_indexes(editor, schema, table)
    return [table for _, table, _ in former]


def _rename_indexes(editor: DatabaseSchemaEditor, schema: str, table: str) -> None:
    """Take the schema out of the names of a moved table's indexes, as new ones are named."""
    with editor.connection.cursor() as cursor:
        cursor.execute(_INDEXES, [quoted(table)])
        indexes = [name for (name,) in cursor.fetchall()]
    for name in indexes:
        plain = name.removeprefix(f"{schema}.").replace(".", "_")
        editor.execute(f"ALTER INDEX {quoted_whole(schema)}.{quoted_whole(name)} RENAME TO {quoted_whole(plain)}")
