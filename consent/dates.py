"""Dates for parents: in their language, on the school's clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format


def day_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day as the school's calendar has it, such as "March 4, 2025"."""
    return date_format(moment.astimezone(zone), "DATE_FORMAT")


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Return day and time with the zone's name, such as "March 4, 2025, 10 a.m. (EST)"."""
    local = moment.astimezone(zone)
    return f"{date_format(local, 'DATE_FORMAT')}, {date_format(local, 'TIME_FORMAT')} ({local.tzname()})"
