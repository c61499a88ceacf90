"""Python values as the typed parameters of a statement."""

from __future__ import annotations

import enum
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from databricks.sql.parameters.native import DbsqlParameterBase, DecimalParameter
from databricks.sql.thrift_api.TCLIService.ttypes import TSparkParameterValue

from classwaves_admin.databricks.errors import DataError, NotSupportedError
from classwaves_admin.databricks.merge import json_object
from classwaves_admin.databricks.operations import MOST_MARKERS

__all__ = ["ExactDecimal", "bound", "marked"]

# DECIMAL's digits at most (docs.databricks.com, DECIMAL type), and the range of BIGINT.
MOST_DIGITS = 38
_BIGINT = 1 << 63
_MARK = re.compile(r"%(%|s)")
_MICROSECOND = timedelta(microseconds=1)


class ExactDecimal(DecimalParameter):
    """A decimal of the size that its digits need.

    The connector measures `str(value)`: it would send 1E-7 as DECIMAL(4,0), which is 0.
    """

    def _tspark_param_value(self) -> TSparkParameterValue:
        return TSparkParameterValue(stringValue=format(self.value, "f"))  # type: ignore[no-untyped-call]

    def _cast_expr(self) -> str:
        whole, _, fraction = format(self.value, "f").lstrip("-").partition(".")
        digits = max(1, len(whole.lstrip("0")) + len(fraction))
        return f"DECIMAL({digits},{len(fraction)})"


def marked(sql: str) -> str:
    """Return the statement with `?` for each `%s`, and `%` for each `%%`."""
    return _MARK.sub(lambda found: "%" if found[1] == "%" else "?", sql)


def bound(params: Sequence[Any]) -> list[Any]:
    """Return the values as the connector binds them, each with its right SQL type.

    Raises NotSupportedError over 255 values, and DataError for one that no type of the warehouse holds.
    """
    if len(params) > MOST_MARKERS:
        raise NotSupportedError(
            f"A statement takes at most {MOST_MARKERS} parameters; this one has {len(params)}:"
            " send many as one JSON text."
        )
    return [_bound(value) for value in params]


def _bound(value: Any) -> Any:
    if isinstance(value, enum.Enum):  # before str: the connector would bind the name of a (str, Enum)
        return _bound(value.value)
    if value is None or isinstance(value, bool | float | DbsqlParameterBase):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if not -_BIGINT <= value < _BIGINT:
            raise DataError("A whole number beyond 64 bits has no type in the warehouse.")
        return int(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, date | time | timedelta):
        return _moment(value)
    return _other(value)


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError("A text with half a character (a lone surrogate) cannot be sent.") from None
    return str.__str__(value)  # safe strings and lazy ones become plain


def _decimal(value: Decimal) -> ExactDecimal:
    if not value.is_finite():
        raise DataError("A decimal must be a finite number.")
    parameter = ExactDecimal(value)
    if int(parameter._cast_expr()[8:].partition(",")[0]) > MOST_DIGITS:
        raise DataError(f"A decimal has at most {MOST_DIGITS} digits.")
    return parameter


def _moment(value: date | time | timedelta) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value  # the session's zone is UTC
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    return str(value) if isinstance(value, time) else value


def _other(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()  # its place in the statement is unhex(%s)
    if isinstance(value, dict | list | tuple):
        return _text(json_object(value))
    return _text(str(value))  # lazy translations
