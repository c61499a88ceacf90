"""The kinds of value that a setting can have, and how each stands as text in `admin.school_settings`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_duration
from django.utils.duration import duration_iso_string

from classwaves_admin.lib.digest import canonical_json

__all__ = ["LONGEST_TEXT", "Kind", "NotOfKind", "as_text", "is_named", "read_text"]

# A value of more characters is no setting: it is read as a fault and shown by its beginning.
LONGEST_TEXT = 4_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_YES, _NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


class NotOfKind(ValueError):
    """A text that is no value of its kind. It never repeats the text."""


class Kind(StrEnum):
    """Values of `admin.school_settings.setting_type` that the portal writes."""

    BOOL = "bool"
    INT = "int"
    STRING = "string"
    JSON = "json"
    ENUM = "enum"
    DURATION = "duration"
    EMAIL = "email"
    LIST = "list"


# What other services call the same kinds.
_NAMES: Mapping[Kind, frozenset[str]] = {
    Kind.BOOL: frozenset({"bool", "boolean"}),
    Kind.INT: frozenset({"int", "integer", "number", "long", "bigint"}),
    Kind.STRING: frozenset({"string", "text", "str"}),
    Kind.JSON: frozenset({"json", "object", "map", "struct"}),
    Kind.ENUM: frozenset({"enum", "choice", "string", "text", "str"}),
    Kind.DURATION: frozenset({"duration", "interval", "string", "text", "str"}),
    Kind.EMAIL: frozenset({"email", "string", "text", "str"}),
    Kind.LIST: frozenset({"list", "array", "json"}),
}


def is_named(kind: Kind, setting_type: str | None) -> bool:
    """Tell whether a row's `setting_type` names the kind, in our word or in one that others use."""
    return (setting_type or "").strip().lower() in _NAMES[kind]


def read_text(kind: Kind, text: str | None) -> Any:
    """Return the value of a stored text: bool, int, str, timedelta, tuple, or what JSON holds. Raises NotOfKind."""
    if text is None or len(text) > LONGEST_TEXT or "\0" in text:
        raise NotOfKind("no value, or one that is too long")
    return _READERS[kind](text.strip())


def as_text(kind: Kind, value: Any) -> str:
    """Return the one text in which a value is stored; `read_text` gives the value again."""
    if kind is Kind.BOOL:
        return "true" if value else "false"
    if kind is Kind.DURATION:
        return duration_iso_string(value)
    if kind in {Kind.LIST, Kind.JSON}:
        return canonical_json(list(value) if kind is Kind.LIST else value).decode()
    return str(value)


def _bool(text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise NotOfKind("neither true nor false")
    return word in _YES


def _int(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise NotOfKind("no whole number")
    return int(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotOfKind("no JSON") from None


def _refuse(_constant: str) -> Any:
    raise NotOfKind("no JSON")  # NaN and Infinity, which only Python takes


def _duration(text: str) -> timedelta:
    try:
        found = parse_duration(text)
    except (ValueError, OverflowError):
        found = None
    if found is None or found <= timedelta():
        raise NotOfKind("no duration")
    return found


def _email(text: str) -> str:
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise NotOfKind("no e-mail address") from None
    return text


def _list(text: str) -> tuple[Any, ...]:
    """Read a JSON list of texts or whole numbers, or what people type: words with commas between them."""
    items = _json(text) if text.startswith("[") else [word.strip() for word in text.split(",") if word.strip()]
    if not isinstance(items, list) or not all(isinstance(one, str | int) for one in items):
        raise NotOfKind("no list")
    return tuple(items)


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.BOOL: _bool,
    Kind.INT: _int,
    Kind.STRING: str,
    Kind.JSON: _json,
    Kind.ENUM: str,
    Kind.DURATION: _duration,
    Kind.EMAIL: _email,
    Kind.LIST: _list,
}
