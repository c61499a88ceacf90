"""One meaning of a value on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from classwaves_admin.warehouse import values
from classwaves_admin.warehouse.models import District, Message, Student

AHEAD = timezone(timedelta(hours=14))


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (values.text, "a\x00"),
        (values.text, "\ud83d"),
        (lambda value: values.whole_number(value, bits=32), 2**31),
        (lambda value: values.whole_number(value, bits=64), -(2**63) - 1),
        (lambda value: values.decimal(value, precision=5, scale=2), Decimal("999.995")),
        (lambda value: values.decimal(value, precision=5, scale=2), Decimal("1e999999")),
        (lambda value: values.decimal(value, precision=5, scale=2), Decimal("-inf")),
        (values.instant, datetime(2025, 1, 1)),
        (values.instant, datetime.min.replace(tzinfo=AHEAD)),
        (values.text_map, {"a": 1}),
        (values.text_list, "river"),
    ],
)
def test_what_an_engine_would_refuse_or_change_is_refused(check: Callable[[Any], Any], value: Any) -> None:
    """Each raises ValidationError, and the message repeats nothing of the value."""
    with pytest.raises(ValidationError) as refused:
        check(value)
    assert str(value) not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("999.994", "999.99"), ("1", "1.00"), ("1E+2", "100.00")],
)
def test_decimals_are_rounded_half_up(given: str, kept: str) -> None:
    """The scale is always whole, and a half goes away from zero as in Databricks SQL."""
    assert str(values.decimal(Decimal(given), precision=5, scale=2)) == kept


def test_instants_are_turned_to_utc() -> None:
    """The same instant, told in UTC."""
    kept = values.instant(datetime(2025, 1, 1, 12, tzinfo=AHEAD))
    assert kept == datetime(2024, 12, 31, 22, tzinfo=UTC)
    assert kept.tzinfo is UTC


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Student._meta.get_field("has_parental_consent"), "perhaps"),
        (Student._meta.get_field("consent_date"), "yesterday"),
        (Student._meta.get_field("display_name"), None),
        (Student._meta.get_field("school"), None),
        (District._meta.get_field("student_count"), "many"),
        (Message._meta.get_field("metadata"), "not a map"),
    ],
)
def test_a_field_names_its_column_and_hides_the_value(column: Any, value: Any) -> None:
    """The message of `storable` can go to a log."""
    with pytest.raises(ValidationError, match=column.column) as refused:
        column.storable(value)
    assert str(value) not in str(refused.value)
