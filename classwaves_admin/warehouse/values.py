"""What a value must be so that every engine keeps it alike. Pure; messages never repeat a value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError


def text(value: str) -> str:
    """Return the text. Raises ValidationError for NUL and lone surrogates, which UTF-8 engines refuse."""
    if "\x00" in value:
        raise ValidationError("Text must not contain the character NUL.", code="nul")
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValidationError("Text must be whole Unicode characters.", code="surrogate") from None
    return value


def whole_number(value: int, *, bits: int) -> int:
    """Return the number. Raises ValidationError outside the signed range of `bits`."""
    limit = 1 << (bits - 1)
    if not -limit <= value < limit:
        raise ValidationError(f"The number does not fit into {bits} bits.", code="range")
    return value


def decimal(value: Decimal, *, precision: int, scale: int) -> Decimal:
    """Return the number with exactly `scale` decimal places, rounded half up as the catalog's engine does.

    Raises ValidationError for NaN, infinity, and more than `precision` digits.
    """
    if not value.is_finite():
        raise ValidationError("Give a finite number.", code="finite")
    try:
        kept = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    except InvalidOperation:  # more digits than the context of Decimal itself
        kept = None
    if kept is None or abs(kept) >= Decimal(10) ** (precision - scale):
        raise ValidationError(f"The number does not fit into DECIMAL({precision},{scale}).", code="range")
    return kept


def instant(value: datetime) -> datetime:
    """Return the instant in UTC. Raises ValidationError for a time without a zone, or outside the years 1 to 9999."""
    if value.utcoffset() is None:
        raise ValidationError("Give a time with its zone.", code="naive")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValidationError("The instant is outside the years 1 to 9999.", code="range") from None


def text_map(value: Any) -> dict[str, str | None]:
    """Return a dict of text to text or null. Raises ValidationError for anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValidationError("Give text keys with text values.", code="map")
    return {text(key): _item(item, "Give text keys with text values.", "map") for key, item in value.items()}


def text_list(value: Any) -> list[str | None]:
    """Return a list of text or null. Raises ValidationError for anything else."""
    if not isinstance(value, list | tuple):
        raise ValidationError("Give a list of text.", code="array")
    return [_item(item, "Give a list of text.", "array") for item in value]


def _item(item: Any, message: str, code: str) -> str | None:
    if item is None:
        return None
    if not isinstance(item, str):
        raise ValidationError(message, code=code)
    return text(item)
