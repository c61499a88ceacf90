"""A hold is released by two people, and not on the day somebody thought of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retention.rules.holds import Asked, Refusal, may_release

MOMENT = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = timedelta(days=3)
ASKED = Asked("teacher-1", MOMENT)


@pytest.mark.parametrize(
    ("asked", "released", "by", "after", "refusal"),
    [
        (None, False, "teacher-2", DAYS, Refusal.NOT_ASKED),
        (ASKED, True, "teacher-2", DAYS, Refusal.RELEASED),
        (ASKED, False, "teacher-1", DAYS, Refusal.SAME_PERSON),
        (ASKED, False, "teacher-2", DAYS - timedelta(microseconds=1), Refusal.TOO_SOON),
        (ASKED, False, "teacher-2", DAYS, None),
    ],
)
def test_when_a_hold_may_be_released(
    asked: Asked | None, released: bool, by: str, after: timedelta, refusal: Refusal | None
) -> None:
    """Asked for by one, confirmed by another, after the days for second thoughts."""
    assert may_release(asked, released=released, by=by, now=MOMENT + after, cooling_off=DAYS) == refusal
