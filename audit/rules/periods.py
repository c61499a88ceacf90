"""Periods of time that people pick, as instants."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from django.db import models


class Period(models.TextChoices):
    """The presets of the filter. Days are those of the school's time zone, today included."""

    TODAY = "today", "Today"
    WEEK = "7d", "Last 7 days"
    MONTH = "30d", "Last 30 days"
    QUARTER = "90d", "Last 90 days"
    YEAR = "365d", "Last 365 days"


DAYS = {Period.TODAY: 1, Period.WEEK: 7, Period.MONTH: 30, Period.QUARTER: 90, Period.YEAR: 365}


def bounds(
    *, period: str, first: date | None, last: date | None, today: date, zone: tzinfo
) -> tuple[datetime | None, datetime | None]:
    """Return the first instant of the period and the first one after it; None where it is open.

    Dates that are given win over the preset.
    """
    if period and first is None and last is None:
        first = today - timedelta(days=DAYS[Period(period)] - 1)
    return (
        None if first is None else _midnight(first, zone),
        None if last is None or last == date.max else _midnight(last + timedelta(days=1), zone),
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)
