"""Days as the school counts them: what is a day away is a day away in the school's own time zone."""

from __future__ import annotations

from datetime import date, datetime, tzinfo


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Return the day on the school's calendar at a moment."""
    return moment.astimezone(zone).date()


def has_begun(now: datetime, zone: tzinfo, *, hour: int) -> bool:
    """Tell whether the school's day is old enough for mails that nobody waits for: no telephone rings at night."""
    return now.astimezone(zone).hour >= hour
