"""What the consents of a student amounted to at an earlier moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from consent.rules.status import ConsentRow


def as_of(rows: Iterable[ConsentRow], moment: datetime) -> list[ConsentRow]:
    """Return the rows as they stood at `moment`: what was written, verified or ended later is taken back.

    A court order that stands today is taken to have stood then: rows do not say when it came, and a consent of
    somebody who may have no contact must not excuse a recording.
    """
    return [
        replace(row, verified_at=_if_by(row.verified_at, moment), revoked_at=_if_by(row.revoked_at, moment))
        for row in rows
        if row.consented_at <= moment
    ]


def _if_by(time: datetime | None, moment: datetime) -> datetime | None:
    return time if time is not None and time <= moment else None
