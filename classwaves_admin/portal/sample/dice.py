"""Chance that falls the same way every time, and the row ids and moments that hang on it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

Thing = TypeVar("Thing")

_SATURDAY = 5


class Dice(random.Random):
    """A stream of chance for one part of the sample, so that a change in one part leaves the others alone."""

    def __new__(cls, seed: int, part: str) -> Dice:
        """Make the stream; the base class takes one argument only."""
        return super().__new__(cls)

    def __init__(self, seed: int, part: str) -> None:
        super().__init__(f"{seed}/{part}")

    def id_at(self, moment: datetime) -> str:
        """Return a row id as if it had been made at `moment`: UUIDv7 (RFC 9562) with chosen random bits."""
        value = int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | self.getrandbits(12) << 64
        return str(uuid.UUID(int=value | 0b10 << 62 | self.getrandbits(62)))

    def chance(self, percent: float) -> bool:
        """Tell whether something with this chance happens."""
        return self.uniform(0, 100) < percent

    def some(self, things: Sequence[Thing], number: int) -> list[Thing]:
        """Return up to `number` different things."""
        return self.sample(things, min(number, len(things)))

    def score(self, low: float, high: float, places: int = 2) -> Decimal:
        """Return a number between two bounds with as many decimal places as its column keeps."""
        return Decimal(f"{self.uniform(low, high):.{places}f}")

    def after(self, moment: datetime, *, minutes: tuple[int, int]) -> datetime:
        """Return a moment some minutes later, to the second."""
        return moment + timedelta(seconds=self.randint(minutes[0] * 60, minutes[1] * 60))


def school_day(today: date, days_ago: int) -> date:
    """Return the day that many days ago, or the Friday before it where that is a weekend."""
    day = today - timedelta(days=days_ago)
    return day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the instant at which a school's clock shows `clock`, in UTC."""
    return datetime.combine(day, clock, zone).astimezone(ZoneInfo("UTC"))
