"""How long a consent lasts, and when it is time to ask again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.days import day_of
from consent.rules.expiry import ends_soon, expires_at, school_year_end
from consent.rules.status import ConsentRow
from consent.vocabulary import ConsentType
from tests.unit.consent.rules.rows import DAY, NOW, granted, refused, unverified

ZONE = ZoneInfo("America/New_York")
AUDIO = ConsentType.AUDIO


@pytest.mark.parametrize(
    ("answered", "last_day", "ends"),
    [
        ("2025-03-04", (6, 12), "2025-06-12"),
        ("2025-05-12", (6, 12), "2025-06-12"),
        ("2025-05-13", (6, 12), "2026-06-12"),  # thirty days before: asked again, for the year to come
        ("2025-06-12", (6, 12), "2026-06-12"),
        ("2025-09-01", (6, 12), "2026-06-12"),
        ("2025-12-20", (1, 10), "2027-01-10"),
        ("2025-11-20", (1, 10), "2026-01-10"),
        ("2027-11-20", (2, 29), "2028-02-29"),
        ("2026-11-20", (2, 29), "2027-02-28"),
    ],
)
def test_a_school_year_ends_after_its_last_day(answered: str, last_day: tuple[int, int], ends: str) -> None:
    """At the school's midnight, not at another place's; an answer of the last month is for the next year."""
    moment = datetime.fromisoformat(answered).replace(hour=12, tzinfo=ZONE)
    end = school_year_end(moment, last_day, ZONE, ask_again_days=30)
    assert end == datetime.fromisoformat(ends).replace(hour=23, minute=59, second=59, tzinfo=ZONE)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC)),
    st.dates().map(lambda day: (day.month, day.day)),
    st.integers(0, 60),
    st.sampled_from(["America/New_York", "Pacific/Kiritimati", "America/Anchorage"]),
)
def test_no_consent_outlasts_the_days_or_starts_too_short(
    answered: datetime, last_day: tuple[int, int], again: int, zone: str
) -> None:
    """With a school year a consent still lasts at most its days, and never ends in the weeks of asking again."""
    end = school_year_end(answered, last_day, ZoneInfo(zone), ask_again_days=again)
    assert end - answered > again * DAY - 2 * DAY
    assert answered < expires_at(answered, valid_days=365, school_year_ends=end) <= answered + 365 * DAY
    assert day_of(end, ZoneInfo(zone)) > day_of(answered, ZoneInfo(zone)) + timedelta(days=again)


@pytest.mark.parametrize(
    ("rows", "days_left"),
    [
        ([granted(expires_at=NOW + 30 * DAY)], 30),
        ([granted(expires_at=NOW + 31 * DAY)], None),
        ([granted(expires_at=NOW + 30 * DAY), granted(AUDIO, expires_at=NOW + 9 * DAY)], 9),
        ([granted(expires_at=NOW + 9 * DAY), granted(expires_at=NOW + 300 * DAY)], None),  # renewed
        ([granted(expires_at=NOW + 9 * DAY), granted(expires_at=None)], None),  # another one has no end
        ([granted(expires_at=NOW + 9 * DAY), unverified(expires_at=NOW + 300 * DAY)], 9),  # not confirmed
        ([granted(expires_at=NOW + 9 * DAY, revoked_at=NOW)], None),
        ([granted(expires_at=NOW - DAY)], None),
        ([refused()], None),
        ([granted(ConsentType.MEDIA_RELEASE, expires_at=NOW + DAY)], None),
        ([], None),
    ],
)
def test_when_a_guardian_is_asked_again(rows: list[ConsentRow], days_left: int | None) -> None:
    """When a consent in force ends within thirty days and nothing carries on after it."""
    end = ends_soon(rows, NOW, ZONE, days=30)
    assert end == (None if days_left is None else NOW + days_left * DAY)
