"""What may stand in a retention policy (16 CFR 312.10, COMPLIANCE §4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, LONGEST_DAYS, Periods
from retention.rules.policies import Around, is_shorter, most_days, problems

ALL_DEFAULTS = {kind: default.periods for kind, default in DEFAULTS.items()}
WITH_CHILDREN, WITHOUT = Around(under_13=True, others=ALL_DEFAULTS), Around(under_13=False, others={})
DAYS = st.integers(-5, LONGEST_DAYS + 5)
PERIODS = st.builds(Periods, st.none() | DAYS, DAYS, DAYS)


@pytest.mark.parametrize("kind", Retention)
def test_the_defaults_stand(kind: Retention) -> None:
    """What the portal proposes is what its own rules accept, also with children under 13."""
    assert problems(kind, DEFAULTS[kind].periods, WITH_CHILDREN) == []


@pytest.mark.parametrize(
    ("periods", "field", "words"),
    [
        (Periods(None, 0, 30), "retain", "Keep for needs at least 1 day, not 0."),
        (Periods(None, 30, -1), "delete", "Delete after needs at least 1 day, not -1."),
        (Periods(0, 30, 30), "archive", "Archive after needs at least 1 day, not 0."),
        (Periods(None, 30, 99_999), "delete", "Delete after 99,999 days is longer than 3,650 days"),
        (Periods(400, 365, 395), "archive", "Archive after 400 days is later than keep for 365 days."),
        (Periods(None, 400, 395), "delete", "Delete after 395 days is sooner than keep for 400 days."),
    ],
)
def test_a_period_that_cannot_stand_names_its_numbers(periods: Periods, field: str, words: str) -> None:
    """The sentence stands at the field and says what is in conflict with what."""
    found = problems(Retention.TRANSCRIPTS, periods, WITHOUT)
    assert [problem.field for problem in found] == [field]
    assert found[0].words.startswith(words)


def test_a_school_with_children_under_13_has_a_limit() -> None:
    """Transcripts stay 395 days at most while there are such children, and longer where there are none."""
    longer = Periods(None, 365, 500)
    assert "500 days is longer than 395 days" in problems(Retention.TRANSCRIPTS, longer, WITH_CHILDREN)[0].words
    assert problems(Retention.TRANSCRIPTS, longer, WITHOUT) == []
    assert problems(Retention.AUDIT_LOG, Periods(None, 3000, 3000), WITH_CHILDREN) == []


def test_no_part_is_to_outlive_its_session() -> None:
    """A session takes its parts with it, so neither may contradict the other."""
    around = Around(under_13=False, others=ALL_DEFAULTS)
    part = problems(Retention.MESSAGES, Periods(None, 180, 1200), around)
    assert "1,200 days is longer than the 1,095 days of the session" in part[0].words
    session = problems(Retention.SESSION_RECORDS, Periods(None, 200, 380), around)
    assert "380 days is sooner than the 395 days of transcripts" in session[0].words


@given(st.sampled_from(Retention), PERIODS, st.booleans())
def test_what_stands_is_in_order_and_ends(kind: Retention, periods: Periods, under_13: bool) -> None:
    """Whatever is typed: without a problem every number is a day, in order, and the end is within the limit."""
    if problems(kind, periods, Around(under_13, {})):
        return
    assert 1 <= (periods.archive or 1) <= periods.retain <= periods.delete
    assert periods.delete <= most_days(kind, under_13=under_13) <= LONGEST_DAYS


@given(PERIODS, PERIODS)
def test_one_of_two_different_ends_is_shorter(one: Periods, other: Periods) -> None:
    """A change and its reverse are not both harmless where they change an end."""
    if (one.retain, one.delete) == (other.retain, other.delete):
        assert not is_shorter(one, other)
    else:
        assert is_shorter(one, other) or is_shorter(other, one)
