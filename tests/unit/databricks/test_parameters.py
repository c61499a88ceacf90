from __future__ import annotations

import enum
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.databricks.errors import DataError, NotSupportedError
from classwaves_admin.databricks.parameters import ExactDecimal, bound, marked


class Colour(enum.StrEnum):
    """A text of Python's own kind."""

    RED = "red"


class Level(str, enum.Enum):  # noqa: UP042 - the form that the connector would bind by its name
    """A text as Django's choices are."""

    LOW = "low"


class Number(enum.IntEnum):
    """A number."""

    SEVEN = 7


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (2**63 - 1, 2**63 - 1),
        (1.5, 1.5),
        ("", ""),
        ("naïve 🦉 \0 ' \\ ?", "naïve 🦉 \0 ' \\ ?"),
        (mark_safe("safe"), "safe"),
        (lazystr("later"), "later"),
        (Colour.RED, "red"),
        (Level.LOW, "low"),
        (Number.SEVEN, 7),
        (date(2100, 1, 2), date(2100, 1, 2)),
        (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(1970, 1, 1, tzinfo=UTC)),
        (datetime(2025, 1, 1, 1, 2, 3, 4), datetime(2025, 1, 1, 1, 2, 3, 4)),
        (time(1, 2, 3), "01:02:03"),
        (timedelta(seconds=1, microseconds=5), 1_000_005),
        (uuid.UUID(int=7), str(uuid.UUID(int=7))),
        (b"\x00\xff", "00ff"),
        (memoryview(b"ab"), "6162"),
        ({"a": "ü"}, '{"a":"ü"}'),
        (["a", None], '["a",null]'),
        (("a",), '["a"]'),
    ],
)
def test_each_type_has_its_form(value: Any, sent: Any) -> None:
    """Values are sent as plain values of the type that the warehouse takes."""
    (found,) = bound([value])
    assert found == sent
    assert type(found) is type(sent)


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        ("0", "0", "DECIMAL(1,0)"),
        ("1E-7", "0.0000001", "DECIMAL(7,7)"),
        ("-0.50", "-0.50", "DECIMAL(2,2)"),
        ("1E+3", "1000", "DECIMAL(4,0)"),
        ("1234.5678", "1234.5678", "DECIMAL(8,4)"),
        ("-" + "9" * 38, "-" + "9" * 38, "DECIMAL(38,0)"),
    ],
)
def test_decimals_are_as_large_as_their_digits(value: str, text: str, kind: str) -> None:
    """A decimal travels with all its digits, also where Python writes it with an exponent."""
    (found,) = bound([Decimal(value)])
    assert (found._tspark_param_value().stringValue, found._cast_expr()) == (text, kind)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**30), max_value=10**30))
def test_no_decimal_loses_a_digit(value: Decimal) -> None:
    """The size that is sent holds the value exactly."""
    (found,) = bound([value])
    assert isinstance(found, ExactDecimal)
    digits, scale = (int(part) for part in found._cast_expr()[8:-1].split(","))
    assert Decimal(found._tspark_param_value().stringValue) == value
    assert value.copy_abs() < Decimal(10) ** (digits - scale)
    assert -int(value.as_tuple().exponent) == scale


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (2**63, "beyond 64 bits"),
        (-(2**63) - 1, "beyond 64 bits"),
        (Decimal("NaN"), "finite"),
        (Decimal("-Infinity"), "finite"),
        (Decimal("9" * 39), "at most 38 digits"),
        ("\ud800", "half a character"),
    ],
)
def test_what_no_type_holds_is_refused_here(value: Any, sentence: str) -> None:
    """A value without a form is refused before it is sent, and the sentence does not repeat it."""
    with pytest.raises(DataError, match=sentence) as caught:
        bound([value])
    assert str(value) not in str(caught.value)


def test_more_values_than_a_statement_takes_are_refused() -> None:
    """255 parameters are sent, one more is told with what to do."""
    assert len(bound([1] * 255)) == 255
    with pytest.raises(NotSupportedError, match="at most 255 parameters; this one has 256: send many as one JSON text"):
        bound([1] * 256)


def test_marks_become_those_of_the_warehouse() -> None:
    """`%s` is a parameter and `%%` a percent sign, also next to each other."""
    assert marked("a LIKE '%%x%%' AND b = %s AND c = '100%%%s'") == "a LIKE '%x%' AND b = ? AND c = '100%?'"
