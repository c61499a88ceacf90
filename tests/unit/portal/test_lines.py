"""Figures over time as lines: shares, positions, gaps."""

from __future__ import annotations

from datetime import date

import pytest

from classwaves_admin.portal.lines import TOGETHER, chart
from consent.queries.coverage_days import Point, spread

JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


def point(name: str, day: date, yes: int, of: int, *, worked_out: bool = False) -> Point:
    """Return a figure."""
    return Point(name, day, of, yes, 0, worked_out)


def test_lines_are_shares_and_the_first_is_of_all() -> None:
    """All together comes first and counts students, not names; a day without a figure is a gap."""
    made = chart(
        [point("6", JAN, 5, 10, worked_out=True), point("6", MAR, 9, 10), point("7", MAR, 15, 30)],
        lambda name: f"Grade {name}",
        most=5,
    )
    assert made.days == (JAN, MAR)
    assert made.worked_out_until == JAN
    assert [(line.name, line.shares, line.change) for line in made.lines] == [
        (TOGETHER, (50, 60), 10),
        ("Grade 6", (50, 90), 40),
        ("Grade 7", (None, 50), 0),
    ]


def test_positions_keep_the_distances_of_days() -> None:
    """Half-way in time is half-way across; nobody is at the bottom, everybody at the top."""
    (line,) = chart([point("", JAN, 0, 4), point("", FEB, 2, 4), point("", MAR, 4, 4)], str, most=5).lines
    assert line.path == "3.0,29.0 95.1,16.0 197.0,3.0"


def test_one_name_alone_is_not_said_twice() -> None:
    """A school with one grade has one line; without figures there is nothing to draw."""
    assert len(chart([point("6", JAN, 1, 2)], str, most=5).lines) == 1
    assert not chart([], str, most=5).lines


@pytest.mark.parametrize("number", [0, 1, 13, 14, 15, 400])
def test_days_are_spread(number: int) -> None:
    """At most 14 days, the first and the last among them, in order and each once."""
    days = [date.fromordinal(730_000 + place) for place in range(number)]
    found = spread(days, 14)
    assert len(found) == min(number, 14) == len(set(found))
    assert found == sorted(found)
    assert not days or (found[0], found[-1]) == (days[0], days[-1])
