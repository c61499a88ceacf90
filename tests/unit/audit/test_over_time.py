"""A period cut into parts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.language import Term, parse, written
from audit.rules.meaning import criteria_of
from audit.rules.over_time import MOST_BARS, Part, narrowed, parts_of

NEW_YORK = ZoneInfo("America/New_York")
TODAY = date(2025, 3, 10)
moments = st.none() | st.datetimes(datetime(1902, 1, 1), datetime(2198, 12, 30), timezones=st.just(UTC))


def at(text: str) -> datetime:
    """Return a moment in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("since", "until", "number", "second"),
    [
        ("2025-03-09", "2025-03-10", 23, "2025-03-09T01:00"),  # the clocks go forward
        ("2025-11-02", "2025-11-03", 25, "2025-11-02T01:00"),
        ("2025-03-01", "2025-03-31", 30, "2025-03-02"),
        ("2025-01-01", "2025-12-31", 53, "2025-01-06"),
        ("2023-01-15", "2025-01-01", 24, "2023-02-01"),
        ("2000-01-01", "2025-01-01", 25, "2001-01-01"),
        ("1900-01-01", "2199-12-31", 30, "1910-01-01"),
    ],
)
def test_the_step_fits_the_period(since: str, until: str, number: int, second: str) -> None:
    """Two days are cut into hours, two months into days, a year into weeks from Monday, and so on."""
    parts = parts_of(at(since), at(until), today=TODAY, zone=NEW_YORK)
    assert len(parts) == number
    assert parts[1].start == at(second)


def test_an_open_period_is_the_last_year_and_what_lies_beyond() -> None:
    """Clocks that were never set do not stretch the picture: they are one part at each side."""
    first, *within, last = parts_of(None, None, today=TODAY, zone=NEW_YORK)
    assert first == Part(None, at("2024-03-11"))
    assert last == Part(at("2025-03-11"), None)
    assert within[0].start == first.end
    assert within[-1].end == last.start


@given(moments, moments, st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(["UTC", "America/New_York"]))
def test_parts_follow_each_other_and_none_is_lost(
    since: datetime | None, until: datetime | None, today: date, name: str
) -> None:
    """Parts begin where the one before ends, from the first instant to the last, and there are few of them."""
    if since and until and since >= until:
        since, until = until, since + timedelta(seconds=1)
    parts = parts_of(since, until, today=today, zone=ZoneInfo(name))
    assert parts[0].start == since
    assert parts[-1].end == until
    assert all(one.end == other.start for one, other in pairwise(parts))
    assert all(part.start < part.end for part in parts if part.start and part.end)
    assert len(parts) <= MOST_BARS + 4


@given(moments, moments, st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]))
def test_a_part_that_is_clicked_is_the_period_of_the_search(
    since: datetime | None, until: datetime | None, name: str
) -> None:
    """What the bar writes into the box means the bar's own instants, and leaves the rest of the search alone."""
    zone = ZoneInfo(name)
    if since and until and since >= until:
        since, until = until, since + timedelta(seconds=1)
    for part in parts_of(since, until, today=TODAY, zone=zone):
        text = written(narrowed(parse("event:a period:7d rain").terms, part, zone))
        criteria, problems = criteria_of(parse(text).terms, schools={}, today=TODAY, zone=zone)
        assert not problems
        assert (criteria.since, criteria.until) == (part.start, part.end)
        assert parse(text).terms[:2] == (Term("event", "a"), Term("", "rain"))
