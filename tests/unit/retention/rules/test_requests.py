"""By when a request is answered: the earliest clock that applies, on the school's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.requests import STATES, Limits, days_left, due, last_day, needs_words
from retention.vocabulary import ACCESS, Clock, RequestKind, RequestOutcome

LIMITS = Limits(coppa=30, ferpa=45, ca=5, il=45, ny=45)
ZONE = ZoneInfo("America/Chicago")
# Ten in the evening of a Tuesday in Chicago, which is Wednesday in UTC.
RECEIVED = datetime(2026, 9, 2, 3, tzinfo=UTC)
SEE, COPY, CORRECT, REFUSE, DELETE = RequestKind
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
ANY_STATE = st.sampled_from(["", "KS", "Atlantis", "california", "NY", " il "])


@pytest.mark.parametrize(
    ("kind", "state", "under_13", "last", "clock"),
    [
        (SEE, "KS", True, date(2026, 10, 1), Clock.COPPA),
        (SEE, "KS", False, date(2026, 10, 16), Clock.FERPA),
        (COPY, "CA", True, date(2026, 9, 8), Clock.CALIFORNIA),
        (COPY, "California", False, date(2026, 9, 8), Clock.CALIFORNIA),
        (CORRECT, "CA", False, date(2026, 10, 16), Clock.FERPA),
        (SEE, "IL", False, date(2026, 10, 16), Clock.FERPA),
        (DELETE, "NY", False, date(2026, 10, 1), Clock.COPPA),
        (REFUSE, "", True, date(2026, 10, 1), Clock.COPPA),
    ],
)
def test_the_earliest_clock_counts(kind: RequestKind, state: str, under_13: bool, last: date, clock: Clock) -> None:
    """Each right with its rule; days count from the school's own day, California's pass over the weekend."""
    found = due(kind, RECEIVED, ZONE, state=state, under_13=under_13, limits=LIMITS)
    assert (last_day(found.at, ZONE), found.clock) == (last, clock)


@pytest.mark.parametrize(
    ("state", "limits"), [("il", Limits(30, 45, 5, 10, 45)), ("new york", Limits(30, 45, 5, 45, 9))]
)
def test_a_state_that_is_sooner_counts(state: str, limits: Limits) -> None:
    """The days are settings: a state whose law changes needs no new code."""
    found = due(SEE, RECEIVED, ZONE, state=state, under_13=True, limits=limits)
    assert found.clock.value == STATES[state]


@given(st.sampled_from(RequestKind), MOMENTS, ANY_STATE, st.booleans(), st.integers(1, 90), st.integers(1, 90))
def test_no_clock_that_applies_ends_sooner(
    kind: RequestKind, received: datetime, state: str, under_13: bool, coppa: int, ferpa: int
) -> None:
    """A state or a younger child only brings the day nearer, and the day is after the request in any case."""
    limits = Limits(coppa, ferpa, 5, 45, 45)
    found = due(kind, received, ZONE, state=state, under_13=under_13, limits=limits)
    assert found.at > received
    assert found.at <= due(kind, received, ZONE, state="", under_13=under_13, limits=limits).at
    if kind in ACCESS:
        assert found.at <= due(kind, received, ZONE, state=state, under_13=False, limits=limits).at
    assert (last_day(found.at, ZONE) - received.astimezone(ZONE).date()).days <= max(coppa, ferpa, 45)


@given(MOMENTS, MOMENTS)
def test_days_left_count_down_to_the_last_day(due_at: datetime, now: datetime) -> None:
    """Zero on the last day, one less each day, negative once it is over."""
    left = days_left(due_at, now, ZONE)
    assert now.astimezone(ZONE).date() + timedelta(days=left) == last_day(due_at, ZONE)
    assert left >= 0 or now >= due_at


def test_whoever_did_not_get_all_is_owed_a_reason() -> None:
    """Refused and partly done need words, fulfilled does not."""
    assert [one for one in RequestOutcome if not needs_words(one)] == [RequestOutcome.FULFILLED]
