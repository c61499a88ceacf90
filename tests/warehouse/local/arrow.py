"""Types on the wire: Arrow's to Thrift's, and columns as the client asked for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes

TYPES = ttypes.TTypeId
PLAIN = {
    pa.bool_(): TYPES.BOOLEAN_TYPE,
    pa.int8(): TYPES.TINYINT_TYPE,
    pa.int16(): TYPES.SMALLINT_TYPE,
    pa.int32(): TYPES.INT_TYPE,
    pa.int64(): TYPES.BIGINT_TYPE,
    pa.float32(): TYPES.FLOAT_TYPE,
    pa.float64(): TYPES.DOUBLE_TYPE,
    pa.string(): TYPES.STRING_TYPE,
    pa.binary(): TYPES.BINARY_TYPE,
    pa.date32(): TYPES.DATE_TYPE,
    pa.null(): TYPES.NULL_TYPE,
}


def thrift_schema(schema: pa.Schema) -> ttypes.TTableSchema:
    """Return the columns of a result as the wire describes them."""
    return ttypes.TTableSchema(
        [
            ttypes.TColumnDesc(
                columnName=field.name, typeDesc=ttypes.TTypeDesc([_entry(field.type)]), position=place, comment=""
            )
            for place, field in enumerate(schema, 1)
        ]
    )


def _entry(kind: pa.DataType) -> ttypes.TTypeEntry:
    qualifiers = None
    if pa.types.is_decimal(kind):
        sizes = {"precision": kind.precision, "scale": kind.scale}
        qualifiers = ttypes.TTypeQualifiers(
            {name: ttypes.TTypeQualifierValue(i32Value=size) for name, size in sizes.items()}
        )
    return ttypes.TTypeEntry(primitiveEntry=ttypes.TPrimitiveTypeEntry(type=_type_id(kind), typeQualifiers=qualifiers))


def _type_id(kind: pa.DataType) -> int:
    nested = (
        (pa.types.is_timestamp, TYPES.TIMESTAMP_TYPE),
        (pa.types.is_decimal, TYPES.DECIMAL_TYPE),
        (pa.types.is_map, TYPES.MAP_TYPE),
        (pa.types.is_list, TYPES.ARRAY_TYPE),
        (pa.types.is_struct, TYPES.STRUCT_TYPE),
    )
    found = PLAIN.get(kind)
    return found if found is not None else next((number for fits, number in nested if fits(kind)), TYPES.STRING_TYPE)


def as_asked(table: pa.Table, asked: ttypes.TSparkArrowTypes | None) -> pa.Table:
    """Return the result in the types that the client asked for: complex values and decimals as text if it wants so."""
    columns = [_column(column, asked) for column in table.columns]
    fields = [
        pa.field(name, column.type, nullable=True) for name, column in zip(table.column_names, columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _column(column: pa.ChunkedArray, asked: ttypes.TSparkArrowTypes | None) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit != "us":
        return column.cast(pa.timestamp("us", kind.tz))
    if pa.types.is_large_string(kind):
        return column.cast(pa.string())
    if pa.types.is_large_binary(kind):
        return column.cast(pa.binary())
    if pa.types.is_nested(kind) and asked and asked.complexTypesAsArrow is False:
        return _texts(_json(value, kind) for value in column.to_pylist())
    if pa.types.is_duration(kind) or (pa.types.is_decimal(kind) and asked and asked.decimalAsArrow is False):
        return _texts(None if value is None else str(value) for value in column.to_pylist())
    return column


def _texts(values: Iterable[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(list(values), pa.string())])


def _json(value: Any, kind: pa.DataType) -> str | None:
    return None if value is None else json.dumps(_plain(value, kind), separators=(",", ":"))


def _plain(value: Any, kind: pa.DataType) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if pa.types.is_map(kind):
        return {str(key): _plain(item, kind.item_type) for key, item in value}
    if pa.types.is_list(kind):
        return [_plain(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {part.name: _plain(value[part.name], part.type) for part in kind}
    return str(value)


def text_table(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> pa.Table:
    """Return rows of text as a table."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def affected(**counts: int) -> tuple[pa.Table, int]:
    """Return the one row that a DML statement gives, and the number of rows that it changed."""
    table = pa.table({name: pa.array([count], pa.int64()) for name, count in counts.items()})
    return table, next(iter(counts.values()))


def nothing() -> tuple[pa.Table, None]:
    """Return the result of a statement that has none."""
    return pa.table({}), None
