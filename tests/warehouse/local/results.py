"""Rows of Spark as an Arrow table, also where there are none."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

PLAIN = {
    "string": pa.string(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "short": pa.int16(),
    "byte": pa.int8(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "float": pa.float32(),
    "date": pa.date32(),
    "binary": pa.binary(),
    "void": pa.null(),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
}


def collected(frame: Any) -> pa.Table:
    """Run a query and return its rows; two columns may have one name."""
    batches = frame._collect_as_arrow()
    if batches:
        return pa.Table.from_batches(batches).rename_columns(frame.columns)
    return pa.schema([pa.field(each.name, _type(each.dataType)) for each in frame.schema]).empty_table()


def _type(kind: Any) -> pa.DataType:
    match kind.typeName():
        case "decimal":
            return pa.decimal128(kind.precision, kind.scale)
        case "map":
            return pa.map_(_type(kind.keyType), _type(kind.valueType))
        case "array":
            return pa.list_(_type(kind.elementType))
        case "struct":
            return pa.struct([pa.field(each.name, _type(each.dataType)) for each in kind])
        case name:
            return PLAIN.get(name, pa.string())
