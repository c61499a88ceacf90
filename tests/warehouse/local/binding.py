"""Parameters of a statement as Spark takes them: each a literal of the type that the client named."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any

from tests.warehouse.local.errors import failure
from tests.warehouse.local.lexer import Sql

MARKERS = 255  # the real server's limits
BYTES = 1_048_576
SUFFIXES = {"BIGINT": "L", "INT": "", "SMALLINT": "S", "TINYINT": "Y", "DOUBLE": "D", "FLOAT": "F"}
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def too_much(parameters: list[Any]) -> str:
    """Return why the gateway refuses these parameters, empty where it does not."""
    if len(parameters) > MARKERS:
        return (
            f"BAD_REQUEST: Parameterized query has too many parameters: {len(parameters)} parameters were given "
            f"but the limit is {MARKERS}."
        )
    size = sum(len((each.value.stringValue or "").encode()) for each in parameters if each.value)
    if size > BYTES:
        return f"BAD_REQUEST: Parameterized query has parameter values of {size} bytes but the limit is {BYTES}."
    return ""


def bound(spark: Any, sql: Sql, parameters: list[Any]) -> dict[str, Any] | list[Any] | None:
    """Return the arguments for `spark.sql`: by name or in order, None without parameters."""
    if not parameters:
        return None
    if not parameters[0].ordinal:
        return {each.name: _column(spark, each) for each in parameters}
    markers = sum(1 for token in sql.pieces if token.kind == "marker" and token.text == "?")
    if markers > len(parameters):
        raise failure("UNBOUND_SQL_PARAMETER", f"Found the unbound parameter: _{len(parameters)}.", "42P02")
    return [_column(spark, each) for each in parameters]


def _column(spark: Any, parameter: Any) -> Any:
    from pyspark.sql import functions

    kind = (parameter.type or "STRING").upper()
    if kind in {"ARRAY", "MAP"}:
        return _nested(spark, kind, parameter.arguments or [])
    value = getattr(parameter.value, "stringValue", parameter.value)
    if kind == "VOID" or value is None:
        return functions.lit(None)
    if kind == "STRING":
        return functions.lit(value)
    if kind == "BOOLEAN":
        return functions.lit(value.lower() == "true")
    if value in {"nan", "inf", "-inf"}:
        return functions.lit(float(value))
    return _parsed(spark, _literal(kind, value))


def _literal(kind: str, value: str) -> str:
    """Return a literal of SQL for a number or a point in time."""
    if kind in SUFFIXES:
        return f"{value}{SUFFIXES[kind]}"
    if kind.startswith("DECIMAL"):
        sizes = DECIMAL.fullmatch(kind)
        number = Decimal(value)
        if sizes:
            number = number.quantize(Decimal(1).scaleb(-int(sizes[2])), context=Context(prec=38))
        return f"{number:f}BD"
    if kind in {"TIMESTAMP", "TIMESTAMP_NTZ", "DATE"}:
        return f"{kind} '{value}'"
    raise failure("INVALID_PARAMETER_TYPE", f"The type {kind} is not known.", "22023")


def _nested(spark: Any, kind: str, arguments: list[Any]) -> Any:
    """Return an array or a map as one literal: Spark 3.5 takes no expression as an argument."""
    from pyspark.sql import Column, functions

    make = functions.array if kind == "ARRAY" else functions.create_map
    expression = make(*(_column(spark, each) for each in arguments))._jc.expr()
    literals = getattr(spark._jvm.org.apache.spark.sql.catalyst.expressions, "Literal$").__getattr__("MODULE$")
    folded = literals.create(expression.eval(None), expression.dataType())
    return Column(spark._jvm.org.apache.spark.sql.Column(folded))


def _parsed(spark: Any, text: str) -> Any:
    from pyspark.sql import Column

    expression = spark._jsparkSession.sessionState().sqlParser().parseExpression(text)
    return Column(spark._jvm.org.apache.spark.sql.Column(expression))
