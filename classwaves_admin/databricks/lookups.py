"""How Databricks writes what Django's own lookups and functions say otherwise.

Django looks for a method `as_<vendor>` on each expression. Importing this module puts them there, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError
from django.db.models import functions
from django.db.models.expressions import Col, Exists, Func, Ref, Subquery
from django.db.models.fields.json import JSONExact, KeyTransform
from django.db.models.fields.tuple_lookups import TupleIn
from django.db.models.functions.text import ConcatPair
from django.db.models.lookups import In, IsNull

from classwaves_admin.databricks.merge import json_object, text_literal

__all__ = ["register"]

Compiled = tuple[str, Any]
# A longer list goes as one JSON parameter: a statement binds 255 at most, and other conditions need some.
IN_AS_MARKERS = 50
_SIZE = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_BITS = {"SMALLINT": 15, "INT": 31, "BIGINT": 63}
_ORDERED = (str, int, Decimal, datetime, date)


def _as_django(node: Any, compiler: Any, connection: Any, **extra: Any) -> Compiled:
    written: Compiled = node.as_sql(compiler, connection, **extra)
    return written


def _in(self: Any, compiler: Any, connection: Any) -> Compiled:
    """Write a long list as one JSON parameter, with its ends: files outside them are not read.

    Ids of one page or batch were mostly made about the same time, and ours sort by time.
    """
    if isinstance(self, TupleIn) or not self.rhs_is_direct_value() or len(self.rhs) <= IN_AS_MARKERS:
        return _as_django(self, compiler, connection)
    values = [value for value in dict.fromkeys(self.rhs) if value is not None]
    if any(hasattr(value, "as_sql") for value in values):
        return _as_django(self, compiler, connection)
    lhs, lhs_params = self.process_lhs(compiler, connection)
    db_type = self.lhs.output_field.db_type(connection)
    prepared = [_only(value) for value in self.get_db_prep_lookup(values, connection)[1]]
    if isinstance(self.lhs, Col):  # a sum may be greater than the type of what it adds
        prepared = [value for value in prepared if _holds(db_type, value)]
    if not prepared:
        raise EmptyResultSet
    cast = db_type.startswith(("DECIMAL", "TIMESTAMP", "DATE"))  # numbers and times of JSON lose digits
    wire = text_literal(f"ARRAY<{'STRING' if cast else db_type}>")
    items = f"from_json(%s, {wire}, map('mode', 'FAILFAST'))"
    if cast:
        items = f"CAST({items} AS ARRAY<{db_type}>)"
    sql, params = f"array_contains({items}, {lhs})", (json_object(prepared), *lhs_params)
    if not _have_ends(prepared):
        return sql, params
    within = f"{lhs} >= %s AND {lhs} <= %s"
    return f"({within} AND {sql})", (*lhs_params, min(prepared), *lhs_params, max(prepared), *params)


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _holds(db_type: str, value: Any) -> bool:
    """Tell whether a column may have this number: as one of its type it would be rounded to another, or refused."""
    if isinstance(value, Decimal) and (size := _SIZE.fullmatch(db_type)):
        digits, places = int(size[1]), int(size[2])
        return value.is_finite() and value == round(value, places) and abs(value) < 10 ** (digits - places)
    if isinstance(value, int) and db_type in _BITS:
        return -(1 << _BITS[db_type]) <= value < 1 << _BITS[db_type]
    return True


def _have_ends(values: list[Any]) -> bool:
    """Tell whether the server sorts the values as Python does: one type, and text by code points as by bytes."""
    return isinstance(values[0], _ORDERED) and all(type(value) is type(values[0]) for value in values)


def _exists(self: Exists, compiler: Any, connection: Any, **extra: Any) -> Compiled:
    """Leave out the LIMIT 1 that Django adds: it is refused in a correlated EXISTS, and means nothing there."""
    copy = self.copy()
    copy.query = self.query.clone()
    if not copy.query.low_mark:
        copy.query.clear_limits()
    return copy.as_sql(compiler, connection, **extra)


def _subquery(self: Subquery, compiler: Any, connection: Any, **extra: Any) -> Compiled:
    """Write "the first by this order" of a correlated subquery as `max_by`: LIMIT is refused there."""
    query = self.query
    if not (query.is_sliced and query.get_external_cols()):
        return self.as_sql(compiler, connection, **extra)
    if (query.low_mark, query.high_mark) != (0, 1) or query.combinator or query.group_by is not None:
        raise NotSupportedError("Databricks takes a slice [:1] of plain rows in a correlated subquery, no other.")
    copy = self.copy()
    copy.query = _first_by_order(query.clone(), connection)
    return copy.as_sql(compiler, connection, **extra)


def _first_by_order(query: Any, connection: Any) -> Any:
    inner = query.get_compiler(connection=connection)
    inner.setup_query()
    (column,) = [expression for expression, _, _ in inner.select]
    order = [expression for expression, _ in inner.get_order_by()]
    if len({expression.descending for expression in order}) > 1:
        raise NotSupportedError("Databricks takes one direction in the order of a correlated subquery.")
    keys = [key for expression in order for key in _keys(expression)]
    # In a struct NULL is the least, as in an order; a bare NULL key would be passed over.
    function = "any_value" if not order else "max_by" if order[0].descending else "min_by"
    key = [Func(*keys, function="struct")] if order else []
    first = Func(_meant(column), *key, function=function, output_field=column.output_field)
    query.clear_ordering(force=True)
    query.clear_limits()
    query.clear_select_clause()
    query.annotations = {**query.annotations, "first_by_order": first}
    query.set_annotation_mask({"first_by_order"})
    return query


def _keys(order: Any) -> list[Any]:
    """Return what sorts as `order` does. Whether it is NULL comes first where NULL is asked to the other end."""
    key = _meant(order.expression)
    other_end = order.nulls_first if order.descending else order.nulls_last
    return [IsNull(key, True), key] if other_end else [key]


def _meant(expression: Any) -> Any:
    """Return what a reference to a column of the SELECT list stands for: that list is replaced."""
    return expression.source if isinstance(expression, Ref) else expression  # type: ignore[attr-defined]  # no stub


def _as_function(name: str) -> Callable[..., Compiled]:
    def as_databricks(self: Any, compiler: Any, connection: Any, **extra: Any) -> Compiled:
        return _as_django(self, compiler, connection, function=name, **extra)

    return as_databricks


def _as_template(template: str) -> Callable[..., Compiled]:
    def as_databricks(self: Any, compiler: Any, connection: Any, **extra: Any) -> Compiled:
        return _as_django(self, compiler, connection, template=template, **extra)

    return as_databricks


def _concat(self: ConcatPair, compiler: Any, connection: Any, **extra: Any) -> Compiled:
    """Take NULL for empty text, as Django promises."""
    return self.coalesce().as_sql(compiler, connection, function="CONCAT", **extra)


def _no_json(self: Any, compiler: Any, connection: Any) -> Compiled:
    raise NotSupportedError("Databricks has no JSON columns; MAP and ARRAY are compared in Python.")


_METHODS: dict[type, Callable[..., Compiled]] = {
    In: _in,
    Exists: _exists,
    Subquery: _subquery,
    ConcatPair: _concat,
    JSONExact: _no_json,
    KeyTransform: _no_json,
    functions.StrIndex: _as_function("INSTR"),
    functions.Random: _as_function("RAND"),
    functions.Now: _as_template("current_timestamp()"),
    functions.SHA224: _as_template("sha2(%(expressions)s, 224)"),
    functions.SHA256: _as_template("sha2(%(expressions)s, 256)"),
    functions.SHA384: _as_template("sha2(%(expressions)s, 384)"),
    functions.SHA512: _as_template("sha2(%(expressions)s, 512)"),
}


def register() -> None:
    """Put the methods on Django's classes. A second call changes nothing."""
    name = "as_databricks"
    for expression, method in _METHODS.items():
        setattr(expression, name, method)


register()
