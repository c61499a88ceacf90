"""Turns rows into JSON for the outbox and back, without losing a microsecond or a digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps

from classwaves_admin.warehouse.fields import CatalogColumn
from classwaves_admin.warehouse.models._base import CatalogModel


def tables() -> dict[str, type[CatalogModel]]:
    """Return the catalog's models by table name, such as `compliance.audit_log`."""
    return {model._meta.db_table: model for model in apps.get_app_config("warehouse").get_models()}  # type: ignore[misc]


def encode(model: type[CatalogModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` (by attribute name) as plain JSON values.

    Raises FieldDoesNotExist for an attribute that is no column, and ValidationError for a value
    that the column cannot hold, so that bad input fails in the caller's transaction.
    """
    encoded: dict[str, Any] = {}
    for name, value in values.items():
        field = column(model, name)
        encoded[field.attname] = _to_json(field.storable(value))
    return encoded


def encode_many(
    model: type[CatalogModel], columns: Sequence[str], rows: Iterable[Sequence[Any]], shared: Mapping[str, Any]
) -> dict[str, Any]:
    """Return many rows as plain JSON values: `columns`, the key first, `rows`, and what they share. Raises as `encode`.

    Raises ValueError for a key that comes twice, or that is not the first column.
    """
    fields = [column(model, name) for name in columns]
    if not fields[0].primary_key:
        raise ValueError("The first column of many rows is their key.")
    names = [field.attname for field in fields]
    listed = [list(row) for row in zip(*map(_stored, fields, zip(*rows, strict=True)), strict=True)]
    if len({row[0] for row in listed}) != len(listed):
        raise ValueError("A row comes twice among many.")
    return {"columns": names, "rows": listed, "shared": encode(model, shared)}


def _stored(field: CatalogColumn[Any, Any], values: Sequence[Any]) -> list[Any]:
    """Return the values of one column as plain JSON values; what comes often is checked once."""
    known: dict[Any, Any] = {}
    stored = []
    for value in values:
        if isinstance(value, str | dict | list):
            stored.append(_to_json(field.storable(value)))
            continue
        key = type(value), value  # for True is 1
        if key not in known:
            known[key] = _to_json(field.storable(value))
        stored.append(known[key])
    return stored


def decode(model: type[CatalogModel], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an encoded row as Python objects, by attribute name."""
    return {name: column(model, name).to_python(value) for name, value in payload.items()}


def row_values(row: CatalogModel) -> dict[str, Any]:
    """Return every column of `row` by attribute name."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def column(model: type[CatalogModel], name: str) -> CatalogColumn[Any, Any]:
    """Return the column `name`, given as attribute (`school_id`) or field (`school`)."""
    return _columns(model).get(name) or model._meta.get_field(name)  # type: ignore[return-value]


@cache
def _columns(model: type[CatalogModel]) -> dict[str, CatalogColumn[Any, Any]]:
    return {field.attname: field for field in model._meta.concrete_fields}  # type: ignore[misc]


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
