"""Periods as instants."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from audit.rules.periods import bounds

TODAY = date(2025, 3, 10)
SUNDAY = date(2025, 3, 9)  # the clocks go forward
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("period", "first", "last", "since", "until"),
    [
        ("", None, None, None, None),
        ("today", None, None, datetime(2025, 3, 10, 4, tzinfo=UTC), None),
        ("7d", None, None, datetime(2025, 3, 4, 5, tzinfo=UTC), None),
        ("7d", SUNDAY, None, datetime(2025, 3, 9, 5, tzinfo=UTC), None),
        (
            "",
            date(2025, 3, 9),
            date(2025, 3, 9),
            datetime(2025, 3, 9, 5, tzinfo=UTC),
            datetime(2025, 3, 10, 4, tzinfo=UTC),
        ),
        ("", None, date.max, None, None),
    ],
)
def test_days_are_those_of_the_school(
    period: str, first: date | None, last: date | None, since: datetime | None, until: datetime | None
) -> None:
    """Days begin at the school's midnight, also on the day when its clocks change; given dates win."""
    assert bounds(period=period, first=first, last=last, today=TODAY, zone=NEW_YORK) == (since, until)
