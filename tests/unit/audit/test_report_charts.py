"""The two charts of a report: nothing is lost, and no clock is too far astray."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from audit.rules.reports import MOST_GROUPS, MOST_TIMES, OTHER, ChartOf, Row, Tally, period_words

CHARTS = (ChartOf("Over time", "rows", over_time=True), ChartOf("By group", "rows"))
DENVER = ZoneInfo("America/Denver")


def tally(rows: list[tuple[date, str]]) -> Tally:
    """Return the tally of rows that are about a day and a group."""

    def as_rows() -> Iterator[Row]:
        for row in rows:
            yield Row([], [], row)

    found = Tally(CHARTS)
    assert len(list(found.watch(as_rows()))) == len(rows)
    return found


@given(st.lists(st.tuples(st.dates(), st.text("abcdefghijklm", min_size=1, max_size=2)), max_size=60))
def test_every_row_counts_once_in_either_chart(rows: list[tuple[date, str]]) -> None:
    """Whatever the days and words, from the first year to the last; and few enough bars to be compared."""
    over_time, by_group = tally(rows).drawn()
    assert sum(bar.count for bar in over_time.bars) == len(rows)
    assert sum(bar.count for bar in by_group.bars) == len(rows)
    assert len(over_time.bars) <= MOST_TIMES + 1
    assert len(by_group.bars) <= MOST_GROUPS


def test_days_become_weeks_months_and_years() -> None:
    """The step follows from how far the first and the last day are apart; empty ones between are shown."""

    def labels(first: date, last: date) -> list[str]:
        return [bar.label for bar in tally([(first, "a"), (last, "a")]).drawn()[0].bars]

    assert labels(date(2025, 3, 3), date(2025, 3, 5)) == ["Mar 3", "Mar 4", "Mar 5"]
    assert labels(date(2025, 3, 3), date(2025, 4, 1))[:2] == ["Mar 3", "Mar 10"]
    assert labels(date(2025, 3, 3), date(2025, 9, 1))[:2] == ["Mar 2025", "Apr 2025"]
    assert labels(date(2020, 3, 3), date(2025, 9, 1)) == ["2020", "2021", "2022", "2023", "2024", "2025"]
    assert labels(date(1970, 1, 1), date(2100, 1, 1))[:2] == ["from 1970", "from 1978"]


def test_a_chart_says_what_a_bar_counts() -> None:
    """A bar over time counts a day, a week, a month, or more, whichever was drawn."""

    def note(last: date) -> str:
        return tally([(date(2025, 3, 3), "a"), (last, "a")]).drawn()[0].note

    assert note(date(2025, 3, 5)) == "Each bar counts the rows of a day."
    assert note(date(2025, 4, 5)) == "Each bar counts the rows of a week, from the Monday under it."
    assert note(date(2025, 9, 5)) == "Each bar counts the rows of a month."
    assert note(date(2100, 9, 5)) == "Each bar counts the rows of a year or more."
    assert tally([(date(2025, 3, 3), "a")]).drawn()[1].note == "Each bar counts rows."


def test_what_belongs_nowhere_is_not_counted() -> None:
    """A row without a label is no bar; first and last day of all rows are told."""
    found = tally([(date(2025, 3, 3), ""), (date(2025, 3, 9), "a")])
    assert [bar.label for bar in found.drawn()[1].bars] == ["a"]
    assert found.days == (date(2025, 3, 3), date(2025, 3, 9))
    assert tally([]).days is None


def test_rare_groups_are_counted_together() -> None:
    """The longest bars first; the rest is one bar."""
    rows = [(date(2025, 3, 3), name) for name in "aaabbcdefghijk"]
    bars = tally(rows).drawn()[1].bars
    assert [bar.label for bar in bars[:2]] == ["a", "b"]
    assert (bars[-1].label, bars[-1].count) == (OTHER, 4)


def test_a_chart_is_told_in_words() -> None:
    """Its title, then each bar with its count, for people who hear it."""
    assert tally([(date(2025, 3, 3), "a")]).drawn()[1].words == "By group. a: 1"


def test_the_period_is_told_with_both_of_its_days() -> None:
    """As the school's calendar has them; open ends in words."""
    since, until = datetime(2025, 3, 1, 7, tzinfo=UTC), datetime(2025, 3, 5, 7, tzinfo=UTC)
    assert period_words(since, until, DENVER) == "From Mar 1, 2025 to Mar 4, 2025, both included"
    assert period_words(None, None, DENVER) == "All days on record"
    assert period_words(since, None, DENVER) == "From Mar 1, 2025 on"
    assert period_words(None, until, DENVER) == "Up to and including Mar 4, 2025"
