"""What the consents of a student said at a moment of the past. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from consent.rules.status import ConsentRow

__all__ = ["as_of", "month_ends"]


def as_of(rows: Iterable[ConsentRow], moment: datetime) -> list[ConsentRow]:
    """Return the rows that were there, without what happened to them later: second step, withdrawal."""
    return [
        replace(row, verified_at=_until(row.verified_at, moment), revoked_at=_until(row.revoked_at, moment))
        for row in rows
        if row.consented_at <= moment
    ]


def month_ends(today: date, number: int) -> list[date]:
    """Return the last days of the `number` months before this one, the earliest first."""
    found = []
    day = today
    for _ in range(number):
        day = day.replace(day=1) - timedelta(days=1)
        found.append(day)
    return found[::-1]


def _until(happened: datetime | None, moment: datetime) -> datetime | None:
    return None if happened is None or happened > moment else happened
