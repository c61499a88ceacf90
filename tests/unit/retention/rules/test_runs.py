"""How runs move, what they ask of people, and how much they take at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.warehouse.inventory.periods import Periods
from retention.models.runs import RunState
from retention.rules.prints import WIDTH, digest_of, print_of, prints_of, told_apart
from retention.rules.runs import (
    MARK,
    MOVES,
    SEGMENT,
    cut_offs,
    even_share,
    is_within_a_period,
    may_move,
    needs_second,
    next_marks,
)

NOW = datetime(2026, 9, 1, tzinfo=UTC)
ENDED = {RunState.DONE, RunState.ABORTED, RunState.DROPPED}


def ago(days: int) -> datetime:
    """Return the moment so many days ago."""
    return NOW - timedelta(days=days)


def test_every_state_can_end_and_no_end_is_left() -> None:
    """From each state a run can come to an end, and it stays there."""
    assert set(MOVES) == set(RunState)
    for state in RunState:
        assert (not MOVES[state]) == (state in ENDED)
    reached = {to for state in set(RunState) - ENDED for to in MOVES[state]}
    assert reached == set(RunState) - {RunState.COUNTING}


@pytest.mark.parametrize(
    ("state", "to", "may"),
    [
        (RunState.COUNTING, RunState.RUNNING, False),
        (RunState.READY, RunState.RUNNING, True),
        (RunState.RUNNING, RunState.PAUSED, True),
        (RunState.RUNNING, RunState.DROPPED, False),
        (RunState.PAUSED, RunState.RUNNING, True),
        (RunState.DONE, RunState.RUNNING, False),
    ],
)
def test_how_a_run_may_move(state: RunState, to: RunState, may: bool) -> None:
    """Nothing runs that was not counted, and what runs is paused before it is dropped."""
    assert may_move(state, to) is may


@pytest.mark.parametrize(("rows", "needs"), [(0, False), (1_000, False), (1_001, True)])
def test_when_a_second_person_approves(rows: int, needs: bool) -> None:
    """Above the number of the setting, not at it."""
    assert needs_second(rows, 1_000) is needs


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (Periods(None, 30, 30), (ago(30), None)),
        (Periods(10, 20, 30), (ago(30), ago(10))),
        (Periods(30, 30, 30), (ago(30), None)),
    ],
)
def test_cut_offs(periods: Periods, expected: tuple[datetime, datetime | None]) -> None:
    """Rows are archived only where that is sooner than their end."""
    assert cut_offs(periods, NOW) == expected


@pytest.mark.parametrize(
    ("periods", "delete", "archive", "within"),
    [
        (Periods(10, 20, 30), 30, 10, False),
        (Periods(10, 20, 29), 30, 10, False),
        (Periods(10, 20, 31), 30, 10, True),
        (Periods(11, 20, 30), 30, 10, True),
        (Periods(None, 20, 30), 30, 10, True),
        (Periods(None, 20, 30), 30, None, False),
    ],
)
def test_when_a_policy_was_made_longer(periods: Periods, delete: int, archive: int | None, within: bool) -> None:
    """A run of before would take rows that the policy of now lets stay, or no longer wants archived."""
    archive_before = None if archive is None else ago(archive)
    assert is_within_a_period(periods, delete_before=ago(delete), archive_before=archive_before, now=NOW) is within


@given(marks=st.integers(1, SEGMENT // MARK), seconds=st.floats(0, 10))
def test_slices_keep_to_their_time(marks: int, seconds: float) -> None:
    """A slice that took too long is followed by a smaller one, and no slice is empty or longer than a segment."""
    following = next_marks(marks, seconds)
    assert 1 <= following <= SEGMENT // MARK
    if seconds > 0.066:
        assert following <= marks
    if seconds < 0.03:
        assert following >= marks


@given(left=st.integers(1, SEGMENT // MARK), marks=st.integers(1, SEGMENT // MARK))
def test_slices_of_a_segment_are_alike(left: int, marks: int) -> None:
    """Slices take hardly more than the pace, there are no more of them than it needs, and none is a small rest."""
    slices = []
    while left:
        slices.append(even_share(left, marks))
        left -= slices[-1]
    assert max(slices) <= ceil(marks / 0.9)
    assert len(slices) <= ceil(sum(slices) / marks)
    assert max(slices) - min(slices) <= 1


@given(ids=st.lists(st.text(max_size=40), unique=True, max_size=50), other=st.text(max_size=40))
def test_prints_know_their_rows(ids: list[str], other: str) -> None:
    """Each id is known by its print, in order, and no other id is."""
    prints = prints_of(ids)
    assert len(prints) == WIDTH * len(ids)
    assert prints == b"".join(map(print_of, ids))
    assert (print_of(other) in told_apart(prints)) is (other in ids)


def test_the_digest_depends_on_the_order() -> None:
    """The certificate's number stands for these rows in this order."""
    assert digest_of(["a", "b"]) != digest_of(["b", "a"])
    assert len(digest_of([])) == 64
