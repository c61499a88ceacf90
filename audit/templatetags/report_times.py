"""Times in reports: on the school's clock with the zone's name, and in UTC beside it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from django import template
from django.utils import dateformat

from audit.rules.messy import at_school

register = template.Library()
NO_BREAK = "\u00a0"


@register.filter
def on_clock(moment: datetime, zone: tzinfo) -> str:
    """Return the moment as the school's clock has it, such as "Mar 4, 2025, 10:00 AM EST"."""
    local = at_school(moment, zone)
    day, time = dateformat.format(local, "M j, Y,"), dateformat.format(local, "g:i A")
    return f"{_whole(day)} {_whole(time, local.tzname() or '')}"


@register.filter
def on_calendar(moment: datetime, zone: tzinfo) -> str:
    """Return the day of the moment at the school, such as "Mar 4, 2025"."""
    return _whole(dateformat.format(at_school(moment, zone), "M j, Y"))


@register.filter
def utc_clock(moment: datetime) -> str:
    """Return the moment in UTC, such as "2025-03-04 15:00:00 UTC"."""
    return _whole(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")


def _whole(*words: str) -> str:
    """Return the words so that no line breaks between them."""
    return " ".join(words).replace(" ", NO_BREAK)
