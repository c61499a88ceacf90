"""Bars of charts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.portal.charts import stacked


@given(st.lists(st.integers(min_value=0, max_value=10**7), max_size=12))
def test_parts_fill_the_bar_without_gap(counts: list[int]) -> None:
    """Each part starts where the one before ends, and all together make the bar."""
    bar = stacked("Hill", [{"label": "x", "tone": "good", "count": count} for count in counts])
    assert bar.total == sum(counts)
    end = 0.0
    for part in bar.parts:
        assert abs(part.start - end) < 0.02
        end = part.start + part.width
    assert not bar.total or abs(end - 100) < 0.02


def test_a_narrow_part_shows_no_number() -> None:
    """A number stands only where it fits; the table still has it."""
    wide, narrow = stacked(
        "Hill", [{"label": "a", "tone": "good", "count": 99}, {"label": "b", "tone": "bad", "count": 1}]
    ).parts
    assert wide.shows_number
    assert not narrow.shows_number
