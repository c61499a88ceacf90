"""Checks of single values that entries of the registry share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from classwaves_admin.lib.contrast import READABLE, ratio

__all__ = ["colour", "domains", "logo", "of_portal", "one_line", "session_length", "time_zone"]

# A mistyped length must not lock everybody out between two clicks.
SHORTEST_SESSION = timedelta(minutes=15)
LONGEST_LINE = 78
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
# Of a logo in pixels (lib/logos.py makes smaller ones).
MOST_SIDE = 1_000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def of_portal(name: str) -> Callable[[], Any]:
    """Return what asks for a setting of the portal, each time anew."""
    return lambda: getattr(settings, name)


def time_zone(value: str) -> str:
    """Check the IANA name of a time zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "It is the name of no time zone."
    return ""


def session_length(value: timedelta) -> str:
    """Check how long a sign-in lasts: never longer than the portal allows."""
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return "" if SHORTEST_SESSION <= value <= longest else f"It has to be from 15 minutes to {hours(longest)}."


def hours(value: timedelta) -> str:
    """Return a duration in words."""
    minutes, hour = round(value.total_seconds() / 60), 60
    count, unit = (minutes, "minute") if minutes % hour else (minutes // hour, "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def domains(value: tuple[Any, ...]) -> str:
    """Check the names of mail domains, in small letters."""
    bad = [one for one in value if not isinstance(one, str) or not _DOMAIN.fullmatch(one)]
    return "Each has to be a mail domain in small letters, such as school.example.org." if bad else ""


def one_line(value: str) -> str:
    """Check a name that goes into the header of a mail: one short line without signs that end an address."""
    if len(value) > LONGEST_LINE or not value.isprintable() or set(value) & set('<>"\\@,;:'):
        return f'It has to be one line of at most {LONGEST_LINE} characters, without < > " @ , ; or :.'
    return ""


def colour(value: str) -> str:
    """Check a colour as #rrggbb on which white text can be read (WCAG 2.2, 1.4.3); empty for the portal's own."""
    if not value:
        return ""
    if not _COLOUR.fullmatch(value):
        return "It has to be a color such as #1a4480."
    found = ratio(value, "#ffffff")
    return "" if found >= READABLE else f"White text on it has a contrast of {found:.1f} to 1; it needs {READABLE}."


def logo(value: Any) -> str:
    """Check what names a logo: nothing, or its print and size."""
    if value == {}:
        return ""
    named = isinstance(value, dict) and value.keys() == {"digest", "width", "height"}
    if not named or not _DIGEST.fullmatch(str(value["digest"])):
        return "It names no logo."
    sizes = (value["width"], value["height"])
    return "" if all(isinstance(one, int) and 0 < one <= MOST_SIDE for one in sizes) else "It names no logo."
