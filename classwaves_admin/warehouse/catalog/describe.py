"""Says what the models make of the catalog: tables, columns, types, nullability, descriptions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from classwaves_admin.warehouse.models._base import CatalogModel

# The order of the catalog's own description; the tables inside a schema stand in the order of their module.
SCHEMAS = (
    "users",
    "sessions",
    "analytics",
    "compliance",
    "ai_insights",
    "operational",
    "admin",
    "communication",
    "audio",
    "notifications",
)


@dataclass(frozen=True, slots=True)
class ColumnDescription:
    """One column as the catalog states it."""

    name: str
    type: str
    nullable: bool
    description: str


@dataclass(frozen=True, slots=True)
class TableDescription:
    """One table as the catalog states it."""

    schema: str
    table: str
    purpose: str
    columns: tuple[ColumnDescription, ...]

    @property
    def name(self) -> str:
        """Return `schema.table`."""
        return f"{self.schema}.{self.table}"


def catalog_models() -> list[type[CatalogModel]]:
    """Return the models of all tables in the order of the catalog's own description."""
    models = [model for model in apps.get_app_config("warehouse").get_models() if issubclass(model, CatalogModel)]
    return sorted(models, key=_place)


def describe(models: Iterable[type[CatalogModel]] | None = None) -> list[TableDescription]:
    """Return the description of the given tables, by default of all."""
    return [_table(model) for model in (catalog_models() if models is None else models)]


def as_json(tables: Iterable[TableDescription]) -> str:
    """Return the description in the form of the catalog's `schema.json`."""
    return json.dumps([_plain(table) for table in tables], indent=1, ensure_ascii=False)


def as_markdown(tables: Iterable[TableDescription]) -> str:
    """Return the description as one markdown table each, for a person to read."""
    parts = []
    for table in tables:
        head = f"## {table.name}\n\n{table.purpose}\n\n| Column | Type | Nullable | Description |\n|---|---|---|---|"
        rows = (
            f"| {column.name} | {column.type} | {'NULL' if column.nullable else 'NOT NULL'} | {column.description} |"
            for column in table.columns
        )
        parts.append("\n".join((head, *rows)))
    return "\n\n".join(parts)


def _place(model: type[CatalogModel]) -> tuple[int, int]:
    schema = model._meta.db_table.partition(".")[0]
    return SCHEMAS.index(schema), model._meta.pk.creation_counter


def _table(model: type[CatalogModel]) -> TableDescription:
    schema, _, table = model._meta.db_table.partition(".")
    columns = tuple(
        ColumnDescription(str(field.column), field.catalog_type, field.null, field.catalog_description)
        for field in model.columns()
    )
    return TableDescription(schema, table, model._meta.db_table_comment or "", columns)


def _plain(table: TableDescription) -> dict[str, Any]:
    columns = [
        {"name": c.name, "type": c.type, "nullable": c.nullable, "description": c.description} for c in table.columns
    ]
    return {"schema": table.schema, "table": table.table, "purpose": table.purpose, "columns": columns}
