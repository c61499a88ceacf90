"""How consent has gone over time, from the figures that are kept every night. No warehouse query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from consent.models import CoverageDay

__all__ = ["MOST_POINTS", "Point", "coverage_over_time"]

# More days than these say nothing more on a screen.
MOST_POINTS = 14


@dataclass(frozen=True, slots=True)
class Point:
    """Students of a school or a grade on a day, how many of them may be recorded, and under 13 without consent."""

    name: str
    day: date
    students: int
    recordable: int
    without: int
    worked_out: bool


def coverage_over_time(*, by_school: bool) -> list[Point]:
    """Return the figures of the schools in scope by school (its id) or by grade, for days spread over all there are."""
    days = list(CoverageDay.objects.order_by("day").values_list("day", flat=True).distinct())
    name = "school_id" if by_school else "grade"
    rows = (
        CoverageDay.objects.filter(day__in=spread(days, MOST_POINTS))
        .order_by("day")
        .values("day", name, "worked_out")
        .annotate(all=Sum("students"), yes=Sum("recordable"), without=Sum("under_13_without_consent"))
        .values_list(name, "day", "all", "yes", "without", "worked_out")
    )
    return [Point(*row) for row in rows if row[2]]


def spread(days: Sequence[date], most: int) -> list[date]:
    """Return at most so many of the days, evenly spread, the last one always among them."""
    if len(days) <= most:
        return list(days)
    step = (len(days) - 1) / (most - 1)
    return [days[round(place * step)] for place in range(most)]
