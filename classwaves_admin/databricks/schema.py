"""Tables of the catalog as Delta tables: comments, NOT NULL, informational keys, clustering; no indexes.

The server runs each definition by itself and cannot take it back, so every step may be run again after a
failure in the middle: what is there already is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import DatabaseError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import ForeignKey, Model

from classwaves_admin.databricks.merge import text_literal

__all__ = ["DatabaseSchemaEditor", "clustering"]

# The stubs say less of a column than Django: its name may be None, it has no index.
Column = Any

# Delta clusters by at most four columns, of types that have a smallest and a greatest value.
MOST_CLUSTERED = 4
_TIMES = frozenset({"DateTimeField", "DateField"})


class DatabaseSchemaEditor(BaseDatabaseSchemaEditor):
    """Writes definitions. Indexes, unique and check constraints are left out: there are none."""

    sql_create_table = "CREATE TABLE IF NOT EXISTS %(table)s (%(definition)s) USING DELTA"
    sql_delete_table = "DROP TABLE IF EXISTS %(table)s"
    sql_create_column = "ALTER TABLE %(table)s ADD COLUMNS (%(column)s %(definition)s)"
    sql_lacks_values = "SELECT 1 FROM %(table)s WHERE %(column)s IS NULL LIMIT 1"
    sql_delete_column = "ALTER TABLE %(table)s DROP COLUMN %(column)s"
    sql_alter_column_comment = "ALTER TABLE %(table)s ALTER COLUMN %(column)s %(comment)s"

    def __enter__(self) -> DatabaseSchemaEditor:
        self._schemas: set[str] = set()
        self._keyed: set[str] | None = None
        return super().__enter__()

    def execute(self, sql: Any, params: Sequence[Any] | None = ()) -> None:
        """Run one definition, without parameters: the server takes none there. None is a step left out."""
        if sql is not None:
            super().execute(sql, params or None)

    def quote_value(self, value: Any) -> str:
        """Return the value as a literal."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float | Decimal):
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        if isinstance(value, datetime):
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        return text_literal(str(value))

    prepare_default = quote_value

    # --- tables

    def create_model(self, model: type[Model]) -> None:
        """Make the table, with its schema where that is missing, in one statement each."""
        schema = model._meta.db_table.rpartition(".")[0]
        if schema and schema not in self._schemas:
            self.execute(f"CREATE SCHEMA IF NOT EXISTS {self.quote_name(schema)}")
            self._schemas.add(schema)
        super().create_model(model)
        self._keyed_tables().add(model._meta.db_table)

    def table_sql(self, model: type[Model]) -> tuple[str, list[Any]]:
        """Return the whole table: columns with comments, keys, clustering and the table's own comment."""
        sql, params = super().table_sql(model)
        keys = ", ".join(self._keys(model))
        sql = sql.replace(") USING DELTA", f", {keys}) USING DELTA") if keys else sql
        if columns := clustering(_as_it_will_be(model)):
            there = {str(field.column) for field in _columns_of(model)}
            quoted = [self.quote_name(column) for column in columns if column in there]
            sql += f" CLUSTER BY ({', '.join(quoted)})"
        if comment := model._meta.db_table_comment:
            sql += f" {self._comment_sql(comment)}"
        return sql, params

    def alter_db_table_comment(self, model: type[Model], old_db_table_comment: Any, new_db_table_comment: Any) -> None:
        """Change the comment; that of a new table came with it."""
        if old_db_table_comment is not None:
            super().alter_db_table_comment(model, old_db_table_comment, new_db_table_comment)

    def _keys(self, model: type[Model]) -> Iterator[str]:
        """Yield the keys, which the server notes and does not enforce."""
        table = model._meta.db_table
        pk: Column = model._meta.pk
        yield f"CONSTRAINT {self._key_name(table, 'pk')} PRIMARY KEY ({self.quote_name(pk.column)})"
        for field in _columns_of(model):
            if reference := self._reference(field):
                yield f"CONSTRAINT {self._key_name(table, field.column, 'fk')} {reference}"

    def _reference(self, field: Column) -> str:
        """Return the foreign key of a column whose parent table is there with its primary key, else empty text."""
        if not isinstance(field, ForeignKey) or field.remote_field.model._meta.db_table not in self._keyed_tables():
            return ""
        parent = field.remote_field.model._meta
        column, target = self.quote_name(field.column), self.quote_name(str(field.target_field.column))
        return f"FOREIGN KEY ({column}) REFERENCES {self.quote_name(parent.db_table)} ({target})"

    def _key_name(self, table: str, *words: str) -> str:
        return self.quote_name("_".join((table.rpartition(".")[2], *words)))

    def _keyed_tables(self) -> set[str]:
        """Return the tables that have a primary key: one question for each editor."""
        if self._keyed is None:
            self._keyed = set() if self.collect_sql else self._keyed_in_catalog()
        return self._keyed

    def _keyed_in_catalog(self) -> set[str]:
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(
                    "SELECT table_schema, table_name FROM information_schema.table_constraints"
                    " WHERE constraint_type = 'PRIMARY KEY'"
                )
                return {f"{schema}.{table}" for schema, table in cursor.fetchall()}
        except DatabaseError:  # a catalog without keys, such as the local warehouse
            return set()

    # --- columns

    def _iter_column_sql(self, *args: Any, **kwargs: Any) -> Iterator[str]:
        for part in super()._iter_column_sql(*args, **kwargs):  # type: ignore[misc]
            if part not in {"PRIMARY KEY", "UNIQUE"}:
                yield part

    def add_field(self, model: type[Model], field: Column) -> None:
        """Add a column: nullable, then filled with the default, then NOT NULL. Run again, it does what is left."""
        if field.db_parameters(connection=self.connection)["type"] is None:
            return
        table, column = self.quote_name(model._meta.db_table), self.quote_name(field.column)
        names = {"table": table, "column": column}
        is_new = not self._has_column(model, field)
        if is_new:
            self.execute(self.sql_create_column % {**names, "definition": self._nullable(model, field)})
        if is_new or not field.null:
            self._fill(names, self.effective_default(field))
        if not field.null:
            self.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
        if is_new and (reference := self._reference(field)):
            name = self._key_name(model._meta.db_table, field.column, "fk")
            self.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {reference}")

    def _fill(self, names: dict[str, str], default: Any) -> None:
        """Give the default to rows that lack a value, as other engines do within the definition."""
        if default is None or not self._lacks_values(names):
            return
        connection: Any = self.connection
        connection.is_defining = True
        try:
            self.execute(self.sql_update_with_default % {**names, "default": self._literal(default)})
        finally:
            connection.is_defining = False

    def _nullable(self, model: type[Model], field: Column) -> str:
        null, field.null = field.null, True
        try:
            return str(self.column_sql(model, field)[0])
        finally:
            field.null = null

    def _literal(self, default: Any) -> str:
        if hasattr(default, "as_sql"):
            sql, params = default.as_sql(None, self.connection)
            return str(sql % tuple(self.quote_value(value) for value in params))
        return self.quote_value(default)

    def _has_column(self, model: type[Model], field: Column) -> bool:
        if self.collect_sql:
            return False
        with self.connection.cursor() as cursor:
            found = self.connection.introspection.get_table_description(cursor, model._meta.db_table)
        return any(column.name == field.column for column in found)

    def _lacks_values(self, names: dict[str, str]) -> bool:
        if self.collect_sql:
            return True
        with self.connection.cursor() as cursor:
            cursor.execute(self.sql_lacks_values % names)
            return cursor.fetchone() is not None

    def _comment_sql(self, comment: str | None) -> str:
        """Return the comment; Django's models double its percent signs for PostgreSQL."""
        return "COMMENT " + text_literal((comment or "").replace("%%", "%"))

    def skip_default(self, field: Column) -> bool:
        """No column has a default of its own: rows are filled when it is added."""
        return True

    def skip_default_on_alter(self, field: Column) -> bool:
        """See `skip_default`."""
        return True

    # --- what Delta does not have

    def _left_out(self, *args: Any, **kwargs: Any) -> None:
        return None

    _create_unique_sql = _create_check_sql = _create_fk_sql = _create_index_sql = _left_out
    _delete_unique_sql = _delete_check_sql = _delete_fk_sql = _delete_index_sql = _left_out
    _unique_sql = _check_sql = _create_primary_key_sql = _delete_primary_key_sql = _left_out
    add_index = remove_index = rename_index = add_constraint = remove_constraint = _left_out
    alter_unique_together = alter_index_together = _left_out

    def _model_indexes_sql(self, model: type[Model]) -> list[Any]:
        return []

    def _field_indexes_sql(self, model: type[Model], field: Column) -> list[Any]:
        return []


def _as_it_will_be(model: type[Model]) -> type[Model]:
    """Return the model of today's code for one of a migration.

    A migration adds its indexes after the tables, and a second statement that clusters could be lost in a
    failure: the table would stay unclustered for ever, since it is there when the migration runs again.
    """
    try:
        return apps.get_model(model._meta.app_label, model._meta.object_name)
    except LookupError:
        return model


def clustering(model: type[Model]) -> list[str]:
    """Return the columns by which new rows of the model's table lie together, read from its indexes.

    Ids, then time, as in (school, event_timestamp): the first index that has both, else the first indexed
    reference with the first time that leads an index, else the first index, or nothing.
    """
    indexes = [_named(model, index.fields) for index in model._meta.indexes]
    times = [fields[0] for fields in indexes if fields and _is_time(fields[0])]
    references = [field for field in _columns_of(model) if field.db_index and not field.primary_key]
    for fields in indexes:
        before = _before_time(fields)
        if 0 < len(before) < len(fields) and all(str(field.column).endswith("_id") for field in before):
            return _columns(fields[: len(before) + 1])
    if references:
        return _columns([references[0], *times[:1]])
    if times:
        return _columns(times[:1])
    return _columns([field for field in (indexes[0] if indexes else []) if not field.primary_key])


def _named(model: type[Model], names: Sequence[str]) -> list[Column]:
    return [model._meta.get_field(name.removeprefix("-")) for name in names]


def _columns_of(model: type[Model]) -> list[Column]:
    return list(model._meta.local_concrete_fields)


def _before_time(fields: list[Any]) -> list[Any]:
    for place, field in enumerate(fields):
        if _is_time(field):
            return fields[:place]
    return fields


def _is_time(field: Any) -> bool:
    return field.get_internal_type() in _TIMES


def _columns(fields: list[Any]) -> list[str]:
    usable = [
        field for field in fields if field.get_internal_type() not in {"BooleanField", "JSONField", "BinaryField"}
    ]
    return [str(field.column) for field in usable[:MOST_CLUSTERED]]
