"""A period cut into equal parts: hours, days, weeks, months, years or decades, at the school's midnight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from itertools import pairwise

from audit.rules.language import Term
from audit.rules.meaning import TIMES

MOST_BARS = 62
# What is drawn where nobody chose a period.
USUAL_DAYS = 365


class Step(Enum):
    """How long one part is, and the longest period in days that is cut so."""

    HOUR = 2
    DAY = MOST_BARS
    WEEK = 7 * MOST_BARS
    MONTH = 28 * MOST_BARS
    YEAR = 365 * MOST_BARS
    DECADE = 3650 * MOST_BARS


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the time: from `start` up to `end`, without it. An open side is None."""

    start: datetime | None
    end: datetime | None


def parts_of(since: datetime | None, until: datetime | None, *, today: date, zone: tzinfo) -> list[Part]:
    """Return the parts of a period in order, open ends first and last.

    Without an end it is cut up to the end of `today`, without a beginning a year is cut; what lies beyond, such
    as rows of clocks that were never set, is one part at each side.
    """
    end = until.astimezone(zone) if until else _midnight(today + timedelta(days=1), zone)
    start = since.astimezone(zone) if since else _midnight(end.date() - timedelta(days=USUAL_DAYS), zone)
    if start >= end:  # a period that begins after today
        end = _midnight(start.date() + timedelta(days=1), zone)
    edges = [start, *(edge for edge in _edges(start, end, zone) if start < edge < end), end]
    within = [Part(one, other) for one, other in pairwise(edges)]
    earlier = [] if since else [Part(None, start)]
    later = [] if until else [Part(end, None)]
    return [*earlier, *within, *later]


def step_of(start: datetime, end: datetime) -> Step:
    """Return the shortest step that cuts the period into few enough parts."""
    days = (end - start) / timedelta(days=1)
    return next((step for step in Step if days <= step.value), Step.DECADE)


def narrowed(terms: Sequence[Term], part: Part, zone: tzinfo) -> tuple[Term, ...]:
    """Return the search within one part of its period."""
    kept = [term for term in terms if term.name not in TIMES]
    start, end = (edge.astimezone(zone) if edge else None for edge in (part.start, part.end))
    if start and end and _is_day(start) and end == _midnight(start.date() + timedelta(days=1), zone):
        return (*kept, Term("on", str(start.date())))
    edges = [Term("after", _told(start, zone))] if start else []
    edges += [Term("before", _told(end, zone))] if end else []
    return (*kept, *edges)


def _edges(start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    step = step_of(start, end)
    if step is Step.HOUR:
        hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        while hour < end:
            yield hour.astimezone(zone)
            hour += timedelta(hours=1)
        return
    day = _first_day(start.date(), step)
    while day <= end.date():
        yield _midnight(day, zone)
        day = _next_day(day, step)


def _first_day(day: date, step: Step) -> date:
    """Return the first day of the week (Monday), month, year or decade; the day itself for days."""
    match step:
        case Step.WEEK:
            return day - timedelta(days=day.weekday())
        case Step.MONTH:
            return day.replace(day=1)
        case Step.YEAR:
            return day.replace(month=1, day=1)
        case Step.DECADE:
            return date(day.year - day.year % 10, 1, 1)
    return day


def _next_day(day: date, step: Step) -> date:
    lengths = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 31, Step.YEAR: 366, Step.DECADE: 3653}
    return _first_day(day + timedelta(days=lengths[step]), step)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _is_day(moment: datetime) -> bool:
    return moment.time() == time.min


def _told(moment: datetime, zone: tzinfo) -> str:
    """Return how the box says the moment: a day where it begins one, else a time.

    A time that the clocks show twice has its offset.
    """
    if _is_day(moment):
        return str(moment.date())
    plain = moment.replace(tzinfo=None)
    double = plain.replace(tzinfo=zone).utcoffset() != plain.replace(tzinfo=zone, fold=1).utcoffset()
    return (moment if double else plain).isoformat(timespec="auto")
