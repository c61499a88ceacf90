"""Deletes one child's data as it was approved, table by table, and proves that nothing is left.

What is about to be done is noted before, what was done after: whenever the process dies, the next one goes on from
there and ends with the same rows.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor
from retention.actions.child_ending import end_child_run, stop_child_run
from retention.actions.destroying import Grew, destroy
from retention.actions.emptying import empty
from retention.actions.running import end_segment
from retention.actions.runs import result_of
from retention.fates import Fate
from retention.models import Run, RunState, Segment, SegmentState
from retention.queries.child import Task, parts_from_json, tasks_of
from retention.queries.kept import kept_at
from retention.rules.prints import told_apart
from retention.schedule import SCHEDULE

__all__ = ["run_child_portion"]

# A portion of the job goes on for so long, in seconds, and takes so many rows at once.
PORTION = 1.0
SLICE = 500
_RULES = {rule.name: rule for rule in SCHEDULE}


def run_child_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Go on with a deletion for a second. Nothing is done twice."""
    run = Run.objects.get(pk=job.subject_id)
    total = sum(run.segments.values_list("rows", flat=True))
    if run.state == RunState.RUNNING:
        _work(run, job.by, now)
    done = sum(run.segments.filter(state=SegmentState.DONE).values_list("rows", flat=True))
    finished = run.state != RunState.RUNNING
    return kinds.Progress(done, total, finished, result_of(run) if finished else {})


def _work(run: Run, by: Actor, now: datetime) -> None:
    ends = time.monotonic() + PORTION
    while time.monotonic() < ends:
        segment = run.segments.exclude(state=SegmentState.DONE).order_by("number").first()
        if segment is None:
            end_child_run(run, by, now)
            return
        try:
            while time.monotonic() < ends and _slice(run, segment, now):
                pass
        except Grew as grew:
            stop_child_run(
                run, RunState.ABORTED, {"code": "grew", "table": segment.table, "rows": grew.unknown}, by, now
            )
            return
        if not segment.at:
            return
        segment.gone = max(segment.rows - segment.removed - sum(segment.stayed.values()), 0)
        end_segment(run, segment, by, now)


def _slice(run: Run, segment: Segment, now: datetime) -> bool:
    """Do some more rows of a segment; return whether there may be others. Raises Grew."""
    task = _task(run, segment)
    after = segment.after[0] if segment.after else ""
    rows = task.rows.filter(pk__gt=after)
    if segment.trying:  # the process that tried it died: what is not there any more, it did
        upto = segment.marks[0]
        segment.removed += segment.trying - rows.filter(pk__lte=upto).count()
    else:
        page = list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE])
        if not page:
            segment.at = 1
            return False
        upto = page[-1]
        begun = {"trying": len(page), "marks": [upto], "state": SegmentState.BEGUN}
        if not _noted(segment, begun, running=True):
            return False
    removed, stayed = _do(run, task, rows.filter(pk__lte=upto), told_apart(bytes(segment.prints)), now)
    segment.removed += removed
    segment.stayed = dict(Counter(segment.stayed) + stayed)
    segment.after, segment.trying = [upto], 0
    return _noted(segment, {name: getattr(segment, name) for name in ("after", "trying", "removed", "stayed")})


def _do(run: Run, task: Task, rows: Any, prints: frozenset[bytes], now: datetime) -> tuple[int, Counter[str]]:
    kept = kept_at(run.school_id)
    if task.fate is Fate.BLANK:
        return empty(rule=task.rule, outcome=task.outcome, rows=rows, prints=prints, kept=kept, now=now)
    result = destroy(run=run, rule=task.rule, rows=rows, prints=prints, kept=kept, by_age=False, now=now)
    return result.removed, result.stayed


def _task(run: Run, segment: Segment) -> Task:
    parts = parts_from_json(run.cursor["parts"])
    return next(task for task in tasks_of(_RULES[segment.table], parts) if task.fate == segment.fate)


def _noted(segment: Segment, values: Mapping[str, Any], *, running: bool = False) -> bool:
    """Note how far a segment is; with `running`, return False where somebody has paused the run."""
    rows = Segment.objects.filter(pk=segment.pk)
    rows = rows.filter(run__state=RunState.RUNNING) if running else rows
    return bool(rows.update(**values))
