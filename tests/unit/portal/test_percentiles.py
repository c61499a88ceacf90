"""Percentiles from counts by duration."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.portal.percentiles import (
    STEPS,
    Speed,
    percent_words,
    percentile,
    step_of,
    time_words,
    together,
)

DURATIONS = st.lists(st.integers(0, 90_000), min_size=1, max_size=200)


@given(DURATIONS, st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_right_to_within_ten_percent(durations: list[int], share: float) -> None:
    """Whatever was measured: counted by steps it is at most ten percent below the exact nearest rank, never above."""
    exact = sorted(durations)[math.ceil(share * len(durations)) - 1]
    told = percentile(Counter(step_of(one) for one in durations), share)
    assert told is not None
    assert 0.9 * exact <= told <= exact


@given(st.integers(0, 90_000))
def test_a_step_holds_itself(duration: int) -> None:
    """A duration that was counted by the database already counts in the same step here."""
    assert step_of(step_of(duration)) == step_of(duration) <= duration


def test_nothing_has_no_percentile() -> None:
    """No requests, no figure."""
    assert percentile({}, 0.5) is None
    assert (Speed("", "").p95, Speed("", "").failed_share) == (0, 0.0)


def test_the_parts_of_a_bar_are_all_requests() -> None:
    """Each duration stands in one part, the bounds in the quicker one."""
    speed = Speed("student-list", "GET", Counter({0: 1, 100: 2, 110: 3, 500: 4, 2000: 5, 2100: 6}))
    assert [part["count"] for part in speed.parts()] == [3, 7, 5, 6]
    assert len(speed.parts()) == len(STEPS)


def test_endpoints_add_up() -> None:
    """All together: requests, refusals, failures."""
    one, two = Speed("a", "GET"), Speed("b", "GET")
    one.add(10, 3, 1, 0)
    two.add(10, 1, 0, 1)
    every = together([one, two])
    assert (every.requests, every.refused_share, every.failed_share, every.p99) == (4, 25.0, 25.0, 10)


@pytest.mark.parametrize(("milliseconds", "words"), [(0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (12_340, "12.3 s")])
def test_durations_in_words(milliseconds: int, words: str) -> None:
    """Milliseconds below a second, seconds above."""
    assert time_words(milliseconds) == words


@pytest.mark.parametrize(("share", "words"), [(0.0, "0 %"), (0.04, "below 0.1 %"), (2.5, "2.5 %"), (100.0, "100.0 %")])
def test_shares_in_words(share: float, words: str) -> None:
    """A rare failure is not told as none."""
    assert percent_words(share) == words
