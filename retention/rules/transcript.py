"""One child's part of a transcript: its own words, and of other turns only that somebody spoke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retention.rules.opening import STAFF_TYPES
from retention.rules.other_children import Others

__all__ = ["Turn", "turn_of"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn. `words` and `phrases` are None for everybody else's."""

    id: str
    start: datetime
    seconds: int
    who: str
    words: str | None
    phrases: str | None

    @property
    def is_own(self) -> bool:
        """Tell whether the student said it."""
        return self.words is not None


def turn_of(row: Any, others: Others) -> Turn:
    """Return a row of the transcript as it is shown; `row` has `own`, and `words` and `phrases` where it is."""
    who = "A member of staff" if row.speaker_type.strip().casefold() in STAFF_TYPES else "Another student"
    return Turn(
        row.pk,
        row.start_time,
        max(0, round(row.duration_seconds)),
        "This student" if row.own else who,
        others.shown(row.words or "") if row.own else None,
        others.shown(row.phrases) if row.own and row.phrases else None,
    )
