"""What the pieces of a search mean."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.criteria import Criteria, Resource, Values
from audit.rules.language import Problem, parse
from audit.rules.meaning import criteria_of
from tests.unit.audit.test_language import typed

NEW_YORK = ZoneInfo("America/New_York")
SCHOOLS = {"h": "Harbour School", "h2": "Harbour School North", "o": "Oak"}


def meant(text: str) -> tuple[Criteria, tuple[Problem, ...]]:
    """Return what a text means on 10 March 2025 in New York."""
    return criteria_of(parse(text).terms, schools=SCHOOLS, today=date(2025, 3, 10), zone=NEW_YORK)


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ("", Criteria()),
        ("rain -snow", Criteria(wanted=Values(words=("rain",)), unwanted=Values(words=("snow",)))),
        ("event:a event:b event:a", Criteria(wanted=Values(events=("a", "b")))),
        ("-actor:x ip:10.*", Criteria(wanted=Values(ips=("10.*",)), unwanted=Values(actors=("x",)))),
        (
            "resource:student resource:a/b/c",
            Criteria(wanted=Values(resources=(Resource("student"), Resource("a", "b/c")))),
        ),
        ('school:"harbour school"', Criteria(wanted=Values(schools=("h",)))),
        ("school:harbour", Criteria(wanted=Values(schools=("h", "h2")))),
        ("school:o", Criteria(wanted=Values(schools=("o",)))),
        ("school:portal", Criteria(wanted=Values(schools=("portal",)))),
        ("after:2025-03-09", Criteria(since=datetime(2025, 3, 9, 5, tzinfo=UTC))),
        ("before:2025-03-10", Criteria(until=datetime(2025, 3, 10, 4, tzinfo=UTC))),
        (
            "on:2025-03-09",
            Criteria(since=datetime(2025, 3, 9, 5, tzinfo=UTC), until=datetime(2025, 3, 10, 4, tzinfo=UTC)),
        ),
        ("after:2025-03-09T10:30", Criteria(since=datetime(2025, 3, 9, 14, 30, tzinfo=UTC))),
        ("before:2025-03-09T10:30:05Z", Criteria(until=datetime(2025, 3, 9, 10, 30, 5, tzinfo=UTC))),
        ("period:today", Criteria(since=datetime(2025, 3, 10, 4, tzinfo=UTC))),
        (
            "period:7d before:2025-03-06",
            Criteria(since=datetime(2025, 3, 4, 5, tzinfo=UTC), until=datetime(2025, 3, 6, 5, tzinfo=UTC)),
        ),
    ],
)
def test_pieces_mean(text: str, criteria: Criteria) -> None:
    """Values of one kind are any-of, days begin at the school's midnight, times together narrow the period."""
    assert meant(text) == (criteria, ())


@pytest.mark.parametrize(
    ("text", "marked", "advice"),
    [
        ("x school:elsewhere", "school:elsewhere", "None of your schools"),
        ("x after:yesterday", "after:yesterday", "2026-09-01"),
        ("x on:2025-03-09T10:30", "on:2025-03-09T10:30", "2026-09-01"),
        ("x after:2025-02-30", "after:2025-02-30", "calendar"),
        ("x after:0001-01-01", "after:0001-01-01", "1900 to 2199"),
        ("x period:13d", "period:13d", "today, 7d"),
        ("x -%%%", "-%%%", "letters or digits"),
        ("x -after:2025-03-01", "-after:2025-03-01", "minus"),
        ("after:2025-03-05 before:2025-03-05", "before:2025-03-05", "ends before it begins"),
    ],
)
def test_pieces_that_mean_nothing_are_pointed_at(text: str, marked: str, advice: str) -> None:
    """The problem stands at the word, in words that say what to write."""
    (problem,) = meant(text)[1]
    assert text[problem.start : problem.end] == marked
    assert advice in problem.advice


def test_a_day_that_is_there_twice_is_told_twice() -> None:
    """Neither of two first days is taken for the other."""
    assert len(meant("after:2025-03-05 after:2025-03-06")[1]) == 2


@given(typed | st.datetimes().map(lambda at: f"after:{at.isoformat()}") | st.dates().map(lambda day: f"on:{day}"))
def test_any_text_means_something_or_has_a_problem(text: str) -> None:
    """Nothing raises, and instants can be told in UTC."""
    criteria, _ = meant(text)
    for instant in filter(None, (criteria.since, criteria.until)):
        instant.astimezone(UTC)
