"""When a support grant counts, and for whom. Pure.

34 CFR 99.31(a)(1)(i)(B): a contractor sees education records as a school official only under the direct control of
the district. So the district decides each time, for how long, and can end it at any moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

LEAST_HOURS, MOST_HOURS = 1, 72
# A request that nobody answers is worth nothing after this time: what it was asked for is over.
ASKED_FOR = timedelta(days=7)


class GrantState(models.TextChoices):
    """What a grant is worth at a moment."""

    ASKED = "asked", "Asked for"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "Not answered in time"
    RUNNING = "running", "Open"
    OVER = "over", "Over"
    ENDED = "ended", "Ended early"


def state_of_grant(
    *,
    declined_at: datetime | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    ended_at: datetime | None,
    asked_at: datetime,
    now: datetime,
) -> GrantState:
    """Return what a grant is worth at `now`. A grant ends with its last instant left out."""
    if declined_at is not None:
        return GrantState.DECLINED
    if starts_at is None or ends_at is None:
        lapsed = now - asked_at >= ASKED_FOR
        return GrantState.LAPSED if lapsed else GrantState.ASKED
    if ended_at is not None:
        return GrantState.ENDED
    return GrantState.RUNNING if starts_at <= now < ends_at else GrantState.OVER
