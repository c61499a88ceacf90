"""From when on the office looks: a second step that is late, a consent that ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.rules.effective import Effective
from consent.vocabulary import EffectiveStatus


@dataclass(frozen=True, slots=True)
class Watch:
    """How many days an answer may wait for its second step, and how many before its end a consent is shown.

    One rule for the dashboard's numbers and the worklist's lines, so that a number leads to as many lines.
    """

    overdue_days: int = 7
    ends_soon_days: int = 30

    def is_late(self, answered_at: datetime, now: datetime) -> bool:
        """Tell whether an answer of that moment has waited too long."""
        return answered_at <= now - timedelta(days=self.overdue_days)

    def is_near(self, ends_at: datetime | None, now: datetime) -> bool:
        """Tell whether an end is near; what has no end never is."""
        return ends_at is not None and ends_at <= now + timedelta(days=self.ends_soon_days)

    def overdue(self, answer: Effective, now: datetime) -> bool:
        """Tell whether the answer that counts has waited for its second step too long."""
        waits = answer.status is EffectiveStatus.UNVERIFIED
        return waits and answer.row is not None and self.is_late(answer.row.consented_at, now)

    def ends_soon(self, answer: Effective, now: datetime) -> bool:
        """Tell whether the answer that counts is in force and ends soon."""
        return answer.active and answer.row is not None and self.is_near(answer.row.expires_at, now)
