"""How a run moves from state to state, what it asks of people, and how much it takes at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from math import ceil

from classwaves_admin.warehouse.inventory.periods import Periods
from retention.models.runs import RunState

__all__ = [
    "ARCHIVE",
    "MARK",
    "MOVES",
    "SEGMENT",
    "cut_offs",
    "ends_of_month",
    "even_share",
    "is_within_a_period",
    "may_move",
    "month_of",
    "needs_second",
    "next_marks",
]

# What becomes of the rows of a segment, beside the fates of the schedule.
ARCHIVE = "archive"
# Rows of a segment, and rows between two of its marks: a slice is some marks long.
SEGMENT = 20_000
MARK = 250
# How long a slice is to keep other writers waiting, in seconds, and how long it may where a segment so has one less.
AIM_SECONDS, MOST_SECONDS = 0.06, 0.066
# So many times as long as the last one it is at most: a first slice tells little.
MOST_GROWTH = 3

MOVES: Mapping[RunState, tuple[RunState, ...]] = {
    RunState.COUNTING: (RunState.READY, RunState.DONE, RunState.DROPPED),
    RunState.READY: (RunState.RUNNING, RunState.DROPPED),
    RunState.RUNNING: (RunState.PAUSED, RunState.DONE, RunState.ABORTED),
    RunState.PAUSED: (RunState.RUNNING, RunState.DROPPED),
    RunState.DONE: (),
    RunState.ABORTED: (),
    RunState.DROPPED: (),
}


def may_move(state: RunState, to: RunState) -> bool:
    """Tell whether a run in a state may move to another."""
    return to in MOVES[state]


def needs_second(rows: int, most: int) -> bool:
    """Tell whether another administrator than the one who asked has to approve: more than `most` rows would go."""
    return rows > most


def cut_offs(periods: Periods, now: datetime) -> tuple[datetime, datetime | None]:
    """Return the moments up to which rows are destroyed and archived; None where nothing is archived."""
    archives = periods.archive is not None and periods.archive < periods.delete
    archive = now - timedelta(days=periods.archive) if archives and periods.archive else None
    return now - timedelta(days=periods.delete), archive


def is_within_a_period(
    periods: Periods, *, delete_before: datetime | None, archive_before: datetime | None, now: datetime
) -> bool:
    """Tell whether a run would take rows that the policy as it is now lets stay: it was made longer meanwhile."""
    delete, archive = cut_offs(periods, now)
    if delete_before is not None and delete_before > delete:
        return True
    return archive_before is not None and (archive is None or archive_before > archive)


def month_of(moment: datetime) -> str:
    """Return the month of a moment in UTC; other services write moments of the year 1 too."""
    return moment.isoformat()[:7]


def ends_of_month(month: str) -> tuple[datetime, datetime | None]:
    """Return when a month begins and when the next one does; None behind the last month that there is."""
    first = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    with suppress(OverflowError):
        return first, (first + timedelta(days=31)).replace(day=1)
    return first, None


def next_marks(marks: int, seconds: float) -> int:
    """Return how many marks the next slice takes, where the last one took `marks` in `seconds`."""
    aim = marks * AIM_SECONDS / max(seconds, AIM_SECONDS / MOST_GROWTH)
    return min(max(1, int(aim)), SEGMENT // MARK)


def even_share(left: int, marks: int) -> int:
    """Return how many of the marks that are `left` a slice takes at a pace, so that few follow, and all alike."""
    slices = ceil(left / (marks * MOST_SECONDS / AIM_SECONDS))
    return ceil(left / slices)
