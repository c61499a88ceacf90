"""Reads what other services wrote into the log, whatever it is. Nothing here ever raises."""

from __future__ import annotations

import json
import re
from datetime import datetime, tzinfo

_ID = re.compile(r"[\w.:@+-]{1,100}")
_SEPARATOR = re.compile(r"\s*[,;|]\s*")
UNREADABLE = object()


def parsed(text: str | None) -> object:
    """Return the value of JSON text, or UNREADABLE."""
    if not text:
        return UNREADABLE
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return UNREADABLE


def student_ids(text: str | None) -> list[str]:
    """Return the ids in `affected_student_ids`, in order and each once.

    The portal writes a JSON list. Others write one id, or ids with commas; anything else gives none.
    """
    value = parsed(text)
    if isinstance(value, str | int) and not isinstance(value, bool):
        value = [value]
    if isinstance(value, list):
        found = [str(item) for item in value if isinstance(item, str | int) and not isinstance(item, bool)]
    elif value is UNREADABLE and text:
        found = _SEPARATOR.split(text.strip())
        if not all(_ID.fullmatch(item) for item in found):
            return []
    else:
        return []
    return list(dict.fromkeys(item for item in found if usable(item)))


def usable(identifier: str) -> bool:
    """Tell whether text can be an id in a query: not empty, encodable, no NUL."""
    if not identifier or "\x00" in identifier:
        return False
    try:
        identifier.encode()
    except UnicodeEncodeError:
        return False
    return True


def pretty(text: str | None) -> str:
    """Return JSON text indented for reading, or the text as it is."""
    value = parsed(text)
    if value is UNREADABLE or not isinstance(value, dict | list):
        return text or ""
    try:
        shown = json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text or ""
    return shown.encode("utf-8", "backslashreplace").decode()


def at_school(moment: datetime, zone: tzinfo) -> datetime:
    """Return the moment in the school's time zone; as it is at the edges of the calendar, where there is none."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment
