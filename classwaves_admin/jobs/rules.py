"""How a job moves from state to state and when it is tried again: pure, without clock or database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from classwaves_admin.jobs.models import State

# A process that dies keeps its job for so long. A step must be much shorter: the lease is renewed before each.
LEASE = timedelta(seconds=60)
# How long one task works on a job before it lets others have the thread.
SLICE = timedelta(seconds=20)
# The catalog's row hears of progress so often, whatever the number of portions.
TOLD_EVERY = timedelta(seconds=5)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
# What waits for something beyond it, such as the catalog, looks again so often.
WAITING_PAUSE = timedelta(seconds=30)
# Failed steps in a row, without progress between them, before a person must look.
MAX_ATTEMPTS = 8

SOURCES: Mapping[State, tuple[State, ...]] = {
    State.QUEUED: (State.RUNNING, State.FAILED),
    State.RUNNING: (State.QUEUED, State.RUNNING),
    State.DONE: (State.RUNNING,),
    State.FAILED: (State.RUNNING,),
    State.CANCELLED: (State.QUEUED, State.RUNNING, State.FAILED),
}


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed steps in a row: doubling, at most LONGEST_PAUSE."""
    return min(FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 20)), LONGEST_PAUSE)
