"""The catalog's types as Arrow's, and columns brought to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from classwaves_admin.warehouse.fields import CatalogColumn
from classwaves_admin.warehouse.models._base import CatalogModel

INSTANT = pa.timestamp("us", tz="UTC")
_TYPES = {
    "STRING": pa.string(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": INSTANT,
    "MAP<STRING,STRING>": pa.map_(pa.string(), pa.string()),
    "ARRAY<STRING>": pa.list_(pa.string()),
}
_FLAT = {pa.string(), pa.int32(), pa.int64(), pa.bool_(), INSTANT}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class UnreadableColumn(ValueError):
    """A column holds what its type in the catalog does not allow. Names the column, never the value."""


def schema(model: type[CatalogModel], names: Sequence[str]) -> pa.Schema:
    """Return the Arrow types of the named columns."""
    columns = {field.attname: field for field in model.columns()}
    return pa.schema([pa.field(name, _arrow_type(columns[name])) for name in names])


def are_flat(types: pa.Schema) -> bool:
    """Tell whether all columns are text, numbers, truth or instants: what every engine sends in a fast way."""
    return all(each in _FLAT for each in types.types)


def typed(array: pa.Array | pa.ChunkedArray, field: pa.Field) -> pa.Array | pa.ChunkedArray:
    """Return the column with its type in the catalog. Raises UnreadableColumn."""
    if array.type == field.type:
        return array
    try:
        if pa.types.is_binary(array.type) and pa.types.is_string(field.type):
            return text(array)
        return array.cast(field.type)
    except pa.ArrowException:
        raise unreadable(field) from None


def text(array: pa.Array) -> pa.Array:
    """Return bytes as text. Another program's bytes that are none become the sign for that, so that all is shown."""
    try:
        return array.cast(pa.string())
    except pa.ArrowException:
        values = array.to_pylist()
        return pa.array([None if each is None else each.decode(errors="replace") for each in values], pa.string())


def instants(values: pa.Array | Sequence[Any], slowly: Callable[[], Sequence[Any]]) -> pa.Array:
    """Read SQLite's text of instants, all at once where they are written as Django writes them."""
    try:
        written = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
        return written.cast(pa.timestamp("us")).cast(INSTANT)
    except pa.ArrowException:
        return pa.array(slowly(), INSTANT)


def none_at_all(array: pa.Array) -> bool:
    """Tell whether there is no value in the column."""
    return bool(pc.all(pc.is_null(array)).as_py())


def unreadable(field: pa.Field) -> UnreadableColumn:
    """Return the error that names the column and says nothing of the value."""
    return UnreadableColumn(f"The column {field.name} holds a value that is no {field.type}.")


def _arrow_type(field: CatalogColumn[Any, Any]) -> pa.DataType:
    decimal = _DECIMAL.fullmatch(field.catalog_type)
    return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else _TYPES[field.catalog_type]
