"""Makes and changes tables in their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.ddl_references import Statement
from django.db.backends.postgresql import schema
from django.db.models import Model

from classwaves_admin.postgresql.former import move_former_tables
from classwaves_admin.postgresql.names import inside, quoted, split

if TYPE_CHECKING:
    from classwaves_admin.postgresql.base import DatabaseWrapper


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Django's editor for names of the form `schema.table`.

    PostgreSQL names an index without a schema where it makes it, and with the table's schema where it changes it.
    """

    connection: DatabaseWrapper

    # Django names the constraint itself, which PostgreSQL would look for in the search path.
    sql_create_column_inline_fk = (
        "CONSTRAINT %(name)s REFERENCES %(to_table)s(%(to_column)s)%(deferrable)s; SET CONSTRAINTS ALL IMMEDIATE"
    )
    sql_delete_fk = "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"
    sql_create_schema = "CREATE SCHEMA IF NOT EXISTS %(schema)s"
    sql_set_schema = "ALTER TABLE %(table)s SET SCHEMA %(schema)s"

    def create_model(self, model: type[Model]) -> None:
        """Make the table of a model, and its schema where that is missing."""
        self.create_schema(split(model._meta.db_table)[0])
        super().create_model(model)

    def create_schema(self, name: str) -> None:
        """Make a schema where it is missing. An empty name is the search path's own and is always there.

        Asks first: `IF NOT EXISTS` needs the right to make schemas even where nothing is to be made.
        """
        if not name:
            return
        if not self.collect_sql:
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [quoted(name)])
                row = cursor.fetchone()
            if row and row[0]:
                return
        self.execute(self.sql_create_schema % {"schema": quoted(name)})

    def alter_db_table(self, model: type[Model], old_db_table: str, new_db_table: str) -> None:
        """Rename a table, and move it where the new name has another schema."""
        (old_schema, old_table), (new_schema, new_table) = split(old_db_table), split(new_db_table)
        if old_schema != new_schema:
            self.create_schema(new_schema)
            target = quoted(new_schema or "public")
            self.execute(self.sql_set_schema % {"table": quoted(old_db_table), "schema": target})
        if old_table != new_table:
            now = inside(new_schema, old_table)
            self.execute(self.sql_rename_table % {"old_table": quoted(now), "new_table": quoted(new_table)})
        for sql in self.deferred_sql:
            if isinstance(sql, Statement):
                sql.rename_table_references(old_db_table, new_db_table)

    def move_former_tables(self) -> list[str]:
        """Move tables of the former form into their schemas and return their names. See former.py."""
        return move_former_tables(self)

    def _create_index_name(self, table_name: str, column_names: Any, suffix: str = "") -> str:
        """Return Django's name without the schema and without dots, which would be read as a schema."""
        name: str = super()._create_index_name(table_name, column_names, suffix)  # type: ignore[misc]
        return _plain(table_name, name)

    def _create_index_sql(self, model: type[Model], *, name: str | None = None, **options: Any) -> Statement:
        plain = _plain(model._meta.db_table, name) if name else None
        statement: Statement = super()._create_index_sql(model, name=plain, **options)  # type: ignore[misc]
        return statement

    def _delete_index_sql(self, model: type[Model], name: str, *args: Any, **options: Any) -> Statement:
        plain = _plain(model._meta.db_table, name)
        statement: Statement = super()._delete_index_sql(model, plain, *args, **options)  # type: ignore[misc]
        statement.parts["name"] = self._index_of(model, name)  # type: ignore[assignment]
        return statement

    def _rename_index_sql(self, model: type[Model], old_name: str, new_name: str) -> Statement:
        new = _plain(model._meta.db_table, new_name)
        statement: Statement = super()._rename_index_sql(model, old_name, new)  # type: ignore[misc]
        statement.parts["old_name"] = self._index_of(model, old_name)  # type: ignore[assignment]
        return statement

    def _index_of(self, model: type[Model], name: str) -> str:
        table = model._meta.db_table
        return quoted(inside(split(table)[0], _plain(table, name)))


def _plain(table: str, index: str) -> str:
    """Return an index name that Django derived from a table's name, without the schema and without dots."""
    schema_name, _ = split(table)
    return index.removeprefix(f"{schema_name}.").replace(".", "_")
