"""By when a request about a student's data must be answered: the earliest clock that applies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from retention.vocabulary import ACCESS, Clock, RequestKind, RequestOutcome

SATURDAY = 5
# The states with a clock of their own; a district's row holds the letters or the name.
STATES = {"ca": "ca", "california": "ca", "il": "il", "illinois": "il", "ny": "ny", "new york": "ny"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Days of each clock. `ca` are school days, all others days of the calendar."""

    coppa: int
    ferpa: int
    ca: int
    il: int
    ny: int


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a request, as the moment at which it is over at the school, and the rule that sets it."""

    at: datetime
    clock: Clock


def due(kind: RequestKind, received: datetime, zone: tzinfo, *, state: str, under_13: bool, limits: Limits) -> Due:
    """Return by when a request is answered at the latest.

    Days are those of the school's calendar, from the day after the request came. Of two clocks that end on one day the
    first of `Clock` is named. A state that is not known adds no clock.
    """
    day = received.astimezone(zone).date()
    ends = [(_last_day(day, clock, limits), clock) for clock in _clocks(kind, state, under_13)]
    last, clock = min(ends, key=lambda one: (one[0], list(Clock).index(one[1])))
    return Due(datetime.combine(last + timedelta(days=1), time.min, zone), clock)


def last_day(due_at: datetime, zone: tzinfo) -> date:
    """Return the last day on the school's calendar."""
    return (due_at - timedelta(microseconds=1)).astimezone(zone).date()


def days_left(due_at: datetime, now: datetime, zone: tzinfo) -> int:
    """Return how many days of the school's calendar are left, today not counted: 0 on the last day, -1 after it."""
    return (last_day(due_at, zone) - now.astimezone(zone).date()).days


def needs_words(outcome: RequestOutcome) -> bool:
    """Tell whether the person who asked is owed a reason: something of what they asked for was not done."""
    return outcome is not RequestOutcome.FULFILLED


def _clocks(kind: RequestKind, state: str, under_13: bool) -> Iterator[Clock]:
    """Yield the clocks that run.

    - FERPA: access within 45 days (99.10(b)); a correction within a reasonable time (99.20(b)), by policy as long.
    - COPPA: the rights of 312.6 by policy within a month. Deleting and stopping are its own rights alone: their clock
      runs for older students too, for what was gathered under 13 keeps its rules.
    - California counts five school days for access, Illinois and New York 45 days for access and corrections.
    """
    if under_13 or kind in {RequestKind.DELETE, RequestKind.REFUSE}:
        yield Clock.COPPA
    if kind in ACCESS or kind is RequestKind.CORRECT:
        yield Clock.FERPA
    code = STATES.get(state.strip().casefold(), "")
    if code == "ca" and kind in ACCESS:
        yield Clock.CALIFORNIA
    if code == "il":
        yield Clock.ILLINOIS
    if code == "ny":
        yield Clock.NEW_YORK


def _last_day(day: date, clock: Clock, limits: Limits) -> date:
    if clock is Clock.CALIFORNIA:
        return _school_days_after(day, limits.ca)
    return day + timedelta(days=getattr(limits, clock.value))


def _school_days_after(day: date, number: int) -> date:
    """Return the day that is so many school days later. Holidays are not known, so the sooner day counts."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day
