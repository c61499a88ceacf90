"""How long a consent lasts, and when it is time to ask again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo

from consent.rules.days import day_of
from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import ASKED_TYPES, RowStatus

LAST_SECOND = time(23, 59, 59)


def expires_at(consented_at: datetime, *, valid_days: int, school_year_ends: datetime | None = None) -> datetime:
    """Return when a consent ends: after `valid_days`, or with the school year where the school chose that.

    A school year that has ended already is of no use, so the days count then.
    """
    by_days = consented_at + timedelta(days=valid_days)
    if school_year_ends is None or school_year_ends <= consented_at:
        return by_days
    return min(by_days, school_year_ends)


def school_year_end(
    consented_at: datetime, last_day: tuple[int, int], zone: tzinfo, *, ask_again_days: int
) -> datetime:
    """Return when the school year ends that an answer is for: the last second of its last day (month, day).

    Who is asked again `ask_again_days` before the end answers for the year to come, not for the days that are
    left. A last day of 29 February is the last of that month in every year.
    """
    soonest = day_of(consented_at, zone) + timedelta(days=ask_again_days)
    ends = (_last_day_of(soonest.year, last_day), _last_day_of(soonest.year + 1, last_day))
    return datetime.combine(next(day for day in ends if day > soonest), LAST_SECOND, zone)


def ends_soon(rows: Iterable[ConsentRow], now: datetime, zone: tzinfo, *, days: int) -> datetime | None:
    """Return when the first of one guardian's consents for one child ends, if it is within `days`, else None.

    Of several consents of a type the one that lasts longest counts. Types that nobody is asked about are left out.
    """
    ends: dict[str, list[datetime | None]] = {}
    for row in rows:
        if row.consent_type in ASKED_TYPES and row_status(row, now) is RowStatus.ACTIVE:
            ends.setdefault(row.consent_type, []).append(row.expires_at)
    last = [max(moments) for of_type in ends.values() if (moments := _all_end(of_type))]
    soon = [end for end in last if day_of(end, zone) - day_of(now, zone) <= timedelta(days=days)]
    return min(soon, default=None)


def _all_end(ends: list[datetime | None]) -> list[datetime]:
    """Return the ends, or nothing where one consent has none."""
    moments = [end for end in ends if end is not None]
    return moments if len(moments) == len(ends) else []


def _last_day_of(year: int, last_day: tuple[int, int]) -> date:
    month, day = last_day
    return date(year, 3, 1) - timedelta(days=1) if (month, day) == (2, 29) else date(year, month, day)
