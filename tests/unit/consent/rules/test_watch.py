"""From when on the office looks, at the edges."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from consent.rules.effective import Effective
from consent.rules.watch import Watch
from consent.vocabulary import EffectiveStatus
from tests.unit.consent.rules.rows import DAY, NOW, granted, unverified

WATCH = Watch(overdue_days=7, ends_soon_days=30)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("answered", "late"), [(NOW - 7 * DAY, True), (NOW - 7 * DAY + SECOND, False), (NOW, False)])
def test_a_second_step_is_late_after_whole_days(answered: datetime, late: bool) -> None:
    """The day counts to the second, and only an answer that waits for its second step can be late."""
    row = unverified(consented_at=answered)
    assert WATCH.overdue(Effective(EffectiveStatus.UNVERIFIED, row), NOW) is late
    assert not WATCH.overdue(Effective(EffectiveStatus.PENDING, row), NOW)
    assert not WATCH.overdue(Effective(EffectiveStatus.UNVERIFIED), NOW)


@pytest.mark.parametrize(("ends", "soon"), [(NOW + 30 * DAY, True), (NOW + 30 * DAY + SECOND, False), (None, False)])
def test_an_end_is_near_from_its_day_on(ends: datetime | None, soon: bool) -> None:
    """Only a consent in force ends soon; one without an end never does."""
    row = granted(expires_at=ends)
    assert WATCH.ends_soon(Effective(EffectiveStatus.ACTIVE, row), NOW) is soon
    assert not WATCH.ends_soon(Effective(EffectiveStatus.EXPIRED, row), NOW)
