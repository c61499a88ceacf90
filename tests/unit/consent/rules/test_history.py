"""What the consents of a student said at a moment of the past."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from consent.rules.history import as_of, month_ends
from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import RowStatus

ROW = ConsentRow(
    "c1",
    "s1",
    "audio_recording",
    True,
    datetime(2026, 3, 1, tzinfo=UTC),
    verified_at=datetime(2026, 3, 5, tzinfo=UTC),
    method="email_plus",
    expires_at=datetime(2027, 3, 1, tzinfo=UTC),
    revoked_at=datetime(2026, 6, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (datetime(2026, 2, 28, tzinfo=UTC), None),
        (datetime(2026, 3, 2, tzinfo=UTC), RowStatus.UNVERIFIED),
        (datetime(2026, 3, 5, tzinfo=UTC), RowStatus.ACTIVE),
        (datetime(2026, 5, 31, tzinfo=UTC), RowStatus.ACTIVE),
        (datetime(2026, 6, 1, tzinfo=UTC), RowStatus.REVOKED),
    ],
)
def test_a_row_is_read_as_it_was(day: datetime, status: RowStatus | None) -> None:
    """A second step or a withdrawal that came later has not happened yet; a row that came later is not there."""
    found = as_of([ROW], day)
    assert [row_status(row, day) for row in found] == ([status] if status else [])


def test_months_before() -> None:
    """The last days of the months before, over the turn of a year and a leap day."""
    assert month_ends(date(2024, 3, 31), 4) == [
        date(2023, 11, 30),
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
    ]
