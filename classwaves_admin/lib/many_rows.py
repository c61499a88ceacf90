"""Writes many rows of one table by one prepared statement: a fraction of what an object for each row costs.

For SQLite and PostgreSQL. Values are checked by whoever calls; what the database refuses it refuses here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["insert_objects", "insert_rows", "update_rows"]

Convert = Callable[[Any], Any]
# What both drivers take as it is; other types are turned by their field.
_PLAIN = frozenset({"TextField", "CharField", "EmailField", "IdField", "StringField", "Reference", "ForeignKey"})


def insert_rows(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    shared: Mapping[str, Any] | None = None,
    replace: bool = False,
) -> None:
    """Insert rows given as values of `columns` (attribute names); `shared` holds what all rows have alike.

    With `replace` a row takes the place of the one with its key. Raises Django's database errors.
    """
    names = [*columns, *(shared or {})]
    quoted = [_quoted(connection, model, name) for name in names]
    table, marks = connection.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(names))
    sql = f"INSERT INTO {table} ({', '.join(quoted)}) VALUES ({marks})"  # noqa: S608 - names of columns
    if replace:
        key = model._meta.pk.attname
        changes = [f"{name} = EXCLUDED.{name}" for name, plain in zip(quoted, names, strict=True) if plain != key]
        sql += f" ON CONFLICT ({_quoted(connection, model, key)}) DO UPDATE SET {', '.join(changes)}"
    _execute(connection, sql, _prepared(connection, model, columns, rows, shared or {}))


def insert_objects(connection: BaseDatabaseWrapper, objects: Sequence[models.Model]) -> None:
    """Insert new objects of one model, whose keys are set: what `bulk_create` does. Raises Django's database errors."""
    if objects:
        columns = [field.attname for field in objects[0]._meta.concrete_fields]
        rows = ([getattr(one, name) for name in columns] for one in objects)
        insert_rows(connection, type(objects[0]), columns, rows)


def update_rows(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    shared: Mapping[str, Any] | None = None,
) -> None:
    """Set columns of rows that are there; the first of `columns` is the key. Raises Django's database errors."""
    names = [*columns[1:], *(shared or {})]
    changes = ", ".join(f"{_quoted(connection, model, name)} = %s" for name in names)
    table, key = connection.ops.quote_name(model._meta.db_table), _quoted(connection, model, columns[0])
    sql = f"UPDATE {table} SET {changes} WHERE {key} = %s"  # noqa: S608 - names of columns
    ready = _prepared(connection, model, columns, rows, shared or {})
    _execute(connection, sql, ((*row[1:], row[0]) for row in ready))


def _execute(connection: BaseDatabaseWrapper, sql: str, rows: Iterator[tuple[Any, ...]]) -> None:
    ready = list(rows)
    if ready:
        with connection.cursor() as cursor:
            cursor.executemany(sql, ready)


def _prepared(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    shared: Mapping[str, Any],
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows as the driver takes them."""
    converts = {place: convert for place, name in enumerate(columns) if (convert := _convert(connection, model, name))}
    tail = [
        value if (convert := _convert(connection, model, name)) is None else convert(value)
        for name, value in shared.items()
    ]
    for row in rows:
        if converts:
            ready = list(row)
            for place, convert in converts.items():
                ready[place] = convert(ready[place])
            yield (*ready, *tail)
        else:
            yield (*row, *tail)


def _convert(connection: BaseDatabaseWrapper, model: type[models.Model], name: str) -> Convert | None:
    field: Any = _field(model, name)
    if type(field).__name__ in _PLAIN:
        return None
    known: dict[Any, Any] = {}

    def convert(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, dict | list):
            return field.get_db_prep_save(field.to_python(value), connection)
        key = type(value), value  # for True is 1
        if key not in known:
            known[key] = field.get_db_prep_save(field.to_python(value), connection)
        return known[key]

    return convert


def _quoted(connection: BaseDatabaseWrapper, model: type[models.Model], name: str) -> str:
    return str(connection.ops.quote_name(str(_field(model, name).column)))


def _field(model: type[models.Model], name: str) -> Any:
    """Return the field of an attribute such as `school_id`. Raises FieldDoesNotExist."""
    found = next((field for field in model._meta.concrete_fields if field.attname == name), None)
    return found or model._meta.get_field(name)
