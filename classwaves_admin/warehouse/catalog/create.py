"""Makes what the warehouse lacks: tables, columns, indexes. Never changes or removes what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.management import call_command
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations import AddField
from django.db.migrations.state import ModelState, ProjectState

from classwaves_admin.warehouse import log_index
from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.catalog.drift import drifts
from classwaves_admin.warehouse.catalog.types import LiveColumn, live_tables
from classwaves_admin.warehouse.fields import CatalogColumn
from classwaves_admin.warehouse.models._base import CatalogModel

APP = "warehouse"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that `create` made, or could not make and why."""

    what: str
    refused: str = ""

    def __str__(self) -> str:
        return f"left {self.what}: {self.refused}" if self.refused else f"made {self.what}"


def create(connection: BaseDatabaseWrapper) -> Iterator[Step]:
    """Make what is missing and yield each step. A second run yields nothing.

    Where the warehouse then equals the models, the migrations of the catalog are noted as applied, so that a
    later `migrate` goes on from here.
    """
    yield from _move_former(connection)
    live = live_tables(connection)
    for model in catalog_models():
        if model._meta.db_table in live:
            yield from _complete(connection, model, live[model._meta.db_table])
        else:
            with connection.schema_editor() as editor:
                editor.create_model(model)
            yield Step(f"table {model._meta.db_table}")
    yield from _index_the_log(connection)
    if not drifts(connection):
        call_command("migrate", APP, database=connection.alias, fake=True, verbosity=0)


def _index_the_log(connection: BaseDatabaseWrapper) -> Iterator[Step]:
    """Make the log's index where the engine has one and it is not whole; the log itself must be."""
    if log_index.is_there(connection) or drifts(connection):
        return
    with connection.schema_editor() as editor:
        made = log_index.make(editor)
    if made:
        yield Step("search index of compliance.audit_log")


def _move_former(connection: BaseDatabaseWrapper) -> Iterator[Step]:
    """Move the tables of an earlier release on PostgreSQL first: new ones beside them would hide their rows."""
    with connection.schema_editor() as editor:
        moved = editor.move_former_tables() if hasattr(editor, "move_former_tables") else []
    yield from (Step(f"schema and name of the former table {name}") for name in moved)


def _complete(
    connection: BaseDatabaseWrapper, model: type[CatalogModel], live: dict[str, LiveColumn]
) -> Iterator[Step]:
    missing = [field for field in model.columns() if field.column not in live]
    unknown = sorted(live.keys() - {str(field.column) for field in model.columns()})
    left = []
    for field in missing:
        step = Step(f"column {model._meta.db_table}.{field.column}", _objection(connection, model, field, unknown))
        if step.refused:
            left.append(field)
        yield step
    _add_columns(connection, model, [field for field in missing if field not in left], left)
    if getattr(connection.features, "has_indexes", True):
        yield from _index(connection, model, without=left)


def _objection(
    connection: BaseDatabaseWrapper, model: type[CatalogModel], field: CatalogColumn[Any, Any], unknown: list[str]
) -> str:
    """Say why a NOT NULL column cannot be added safely, or nothing.

    Rows that exist would get an invented value; and SQLite copies the table, which would lose unknown columns.
    """
    if field.null:
        return ""
    if unknown:
        return f"it is NOT NULL and the table has columns that the models do not know ({', '.join(unknown)})"
    if not field.has_default() and _has_rows(connection, model):
        return "it is NOT NULL, has no default, and the table has rows; add and fill it by hand"
    return ""


def _has_rows(connection: BaseDatabaseWrapper, model: type[CatalogModel]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(model._meta.db_table)} LIMIT 1")  # noqa: S608 - our own name
        return cursor.fetchone() is not None


def _add_columns(
    connection: BaseDatabaseWrapper,
    model: type[CatalogModel],
    fields: list[CatalogColumn[Any, Any]],
    left: list[CatalogColumn[Any, Any]],
) -> None:
    """Add columns one by one, each from a state of the models that equals the live table at that moment."""
    state = ProjectState()
    for each in catalog_models():
        state.add_model(ModelState.from_model(each))
    name = model._meta.model_name or ""
    wanted = {field.name: state.models[APP, name].fields[field.name] for field in fields}
    gone = {field.name for field in (*fields, *left)}
    state.models[APP, name].options["indexes"] = [i for i in model._meta.indexes if gone.isdisjoint(i.fields)]
    for field_name in gone:
        state.remove_field(APP, name, field_name)
    for field_name, field_of_state in wanted.items():
        operation = AddField(name, field_name, field_of_state.clone())
        after = state.clone()
        operation.state_forwards(APP, after)
        with connection.schema_editor() as editor:
            operation.database_forwards(APP, editor, state, after)
        state = after


def _index(
    connection: BaseDatabaseWrapper, model: type[CatalogModel], *, without: list[CatalogColumn[Any, Any]]
) -> Iterator[Step]:
    """Make each index of the model for which no live index has the same columns in the same order."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
    live = {tuple(found["columns"]) for found in constraints.values() if found["index"]}
    absent = {field.name for field in without}
    by_name = {field.name: str(field.column) for field in model.columns()}
    for index in _indexes(model):
        columns = tuple(by_name[name] for name in index.fields)
        if columns not in live and absent.isdisjoint(index.fields):
            with connection.schema_editor() as editor:
                editor.add_index(model, index)
            yield Step(f"index on {model._meta.db_table} ({', '.join(columns)})")


def _indexes(model: type[CatalogModel]) -> Iterator[models.Index]:
    yield from model._meta.indexes
    for field in model.columns():
        if field.db_index:
            index = models.Index(fields=[field.name])
            index.set_name_with_model(model)
            yield index
