"""Shows times in the school's time zone, and says which one that is."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classwaves_admin.schools.queries import time_zone

register = template.Library()

DAY = "M j, Y"
MOMENT = "M j, Y, g:i A"


@register.simple_tag
def school_time(moment: datetime | None, school_id: str | None = None, missing: str = "–") -> SafeString | str:
    """Show day and time in the school's zone with its abbreviation; in UTC where no school is given.

    {% school_time entry.created_at student.school_id %} gives "Mar 4, 2025, 10:00 AM EST".
    """
    return _shown(moment, school_id, MOMENT, missing, with_zone=True)


@register.simple_tag
def school_day(moment: datetime | None, school_id: str | None = None, missing: str = "–") -> SafeString | str:
    """Show the day alone, as the school's calendar has it."""
    return _shown(moment, school_id, DAY, missing, with_zone=False)


def _shown(
    moment: datetime | None, school_id: str | None, pattern: str, missing: str, *, with_zone: bool
) -> SafeString | str:
    if not moment:
        return missing
    local = timezone.localtime(moment, time_zone(school_id) if school_id else UTC)
    text = dateformat.format(local, pattern)
    if with_zone:
        text = f"{text} {local.tzname()}"
    return format_html('<time datetime="{}">{}</time>', moment.astimezone(UTC).isoformat(timespec="seconds"), text)
