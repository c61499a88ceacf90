"""How long a consent lasts."""

from __future__ import annotations

from datetime import datetime, timedelta


def expires_at(consented_at: datetime, *, valid_days: int, school_year_ends: datetime | None = None) -> datetime:
    """Return when a consent ends: after `valid_days`, or with the school year where the school chose that.

    A school year that has ended already is of no use, so the days count then.
    """
    by_days = consented_at + timedelta(days=valid_days)
    if school_year_ends is None or school_year_ends <= consented_at:
        return by_days
    return min(by_days, school_year_ends)
