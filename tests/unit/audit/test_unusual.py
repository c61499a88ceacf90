"""When a person's day of looks at records stands out against their own month."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.unusual import Limits, judge

LIMITS = Limits(least=40, factor=3, days=5)


@pytest.mark.parametrize(
    ("looks", "before", "stands_out"),
    [
        (39, [1] * 20, False),  # too few to matter, whatever the month was
        (40, [10] * 20, True),
        (120, [40] * 20, False),  # three times as many is not more than three times
        (121, [40] * 20, True),
        (121, [40] * 10 + [0] * 20, True),  # days without a look are no working days
        (100, [20, 20, 20, 20, 500], True),  # one wild day makes no other one ordinary
        (79, [1, 1, 1, 1], False),  # four days are no month: twice the least counts
        (80, [1, 1, 1, 1], True),
        (79, [], False),
        (80, [], True),
        (200, [100, 100], True),  # nobody knows yet what is ordinary for them
    ],
)
def test_days_that_stand_out(looks: int, before: list[int], *, stands_out: bool) -> None:
    """Many looks, and more than three times an ordinary day of one's own."""
    assert bool(judge(looks, before, LIMITS)) is stands_out


def test_the_ground_is_told_in_words() -> None:
    """A person reads what was compared with what."""
    known = judge(212, [20] * 13 + [41], LIMITS)
    assert known
    assert known.words == (
        "212 looks at records. In the month before: on 14 days, 20 on an ordinary one, 41 on the busiest."
    )
    new = judge(90, [], LIMITS)
    assert new
    assert new.words == "90 looks at records, and none in the month before."


@given(st.lists(st.integers(0, 300), max_size=30), st.integers(0, 2_000))
def test_more_looks_never_stand_out_less(before: list[int], looks: int) -> None:
    """Whoever stands out with some looks stands out with more."""
    if judge(looks, before, LIMITS):
        assert judge(looks + 1, before, LIMITS)
