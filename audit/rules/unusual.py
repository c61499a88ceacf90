"""Whether a person looked at students' records far more often than they usually do. Pure.

A person is measured by their own month, never by others: a registrar looks at more records than a librarian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Limits", "Unusual", "judge"]


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a day stands out: at least `least` looks, and more than `factor` times an ordinary day.

    Whoever looked on fewer than `days` days of the month before has no ordinary day: for them `least` is doubled.
    """

    least: int
    factor: int
    days: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """A day that stands out. `ordinary` is the median of the days on which the person looked, `most` the busiest."""

    looks: int
    ordinary: int
    most: int
    days: int

    @property
    def words(self) -> str:
        """Return the ground in one sentence."""
        if not self.days:
            return f"{self.looks:,} looks at records, and none in the month before."
        times = "on one day" if self.days == 1 else f"on {self.days} days"
        return (
            f"{self.looks:,} looks at records. In the month before: {times}, {self.ordinary:,} on an ordinary one,"
            f" {self.most:,} on the busiest."
        )


def judge(looks: int, before: Sequence[int], limits: Limits) -> Unusual | None:
    """Return what stands out about a day with so many looks; None where it is an ordinary one.

    `before` are the looks of each day of the month before; days without one do not count.
    """
    worked = [number for number in before if number]
    ordinary = round(median(worked)) if worked else 0
    known = len(worked) >= limits.days
    if looks < (limits.least if known else 2 * limits.least):
        return None
    if known and looks <= limits.factor * ordinary:
        return None
    return Unusual(looks, ordinary, max(worked, default=0), len(worked))
