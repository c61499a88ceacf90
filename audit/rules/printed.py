"""Text as reports print it, whatever other services wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import islice
from typing import TypeVar

from audit.rules.lines import shortened
from audit.rules.messy import at_school

T = TypeVar("T")
# What a cell shows at most; the CSV file has the whole.
LONGEST_CELL = 240
# Control characters, halves of characters, and what turns the direction of a whole line around.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def printed(text: str | None) -> str:
    """Return text fit for a cell: short, without what no page can show."""
    return shortened(_UNPRINTABLE.sub("\ufffd", text), LONGEST_CELL) if text else ""


def whole(text: str | None) -> str:
    """Return text fit for a file in UTF-8, otherwise as it is."""
    return (text or "").encode("utf-8", "backslashreplace").decode()


def at(moment: datetime | None, zone: tzinfo) -> str:
    """Return a moment on the school's clock, such as "Mar 4, 2025, 10:00 AM EST"; empty text for none."""
    if moment is None:
        return ""
    local = at_school(moment, zone)
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"  # noqa: PLR2004 - noon
    return f"{local:%b} {local.day}, {local.year}, {hour}:{local.minute:02} {half} {local.tzname()}"


def on(moment: datetime | None, zone: tzinfo) -> str:
    """Return the day of a moment at the school, such as "Mar 4, 2025"; empty text for none."""
    if moment is None:
        return ""
    local = at_school(moment, zone)
    return f"{local:%b} {local.day}, {local.year}"


def utc(moment: datetime | None) -> str:
    """Return a moment as ISO 8601 in UTC for a file; empty text for none."""
    return "" if moment is None else moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def portions(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while portion := list(islice(rest, size)):
        yield portion
