"""Runs what was approved: segment by segment, each in slices that keep other writers waiting for milliseconds.

What is about to be done is noted before, what was done after: whenever the process dies, the next one goes on from
there, ends with the same rows, and counts them as they are.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import record
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.quick_commit import quick_commit
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.apply import distributed
from classwaves_admin.warehouse.outbox.checkpoints import checkpoints_beside
from classwaves_admin.warehouse.outbox.removal import Breath
from retention.actions.certificates import certify
from retention.actions.destroying import Grew, Result, destroy, refuse_new
from retention.actions.planning import WITH_A_PART, place_of
from retention.actions.runs import result_of
from retention.fates import Rule
from retention.models import Run, RunKind, RunState, Segment, SegmentState
from retention.queries.kept import kept_at
from retention.queries.policies import policies_of
from retention.queries.reach import between, of_fate, owners_among, reach, rules_of_run
from retention.rules.prints import WIDTH, told_apart
from retention.rules.runs import ARCHIVE, MARK, even_share, is_within_a_period, next_marks

__all__ = ["end_segment", "run_portion"]

# A portion of the job goes on for so long, in seconds.
PORTION = 1.5
# Between two slices others get their turn: who waits for SQLite's lock asks for it after 33, 53 and 78 ms, and so finds
# it free behind a slice of up to 66: measured, 99 of 100 writers wait less than 75.
BREATH = 0.02
FIRST_MARKS = 8

Stop = dict[str, str | int]


def run_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Go on with a run for a second. Nothing is done twice."""
    run = Run.objects.get(pk=job.subject_id)
    total = sum(run.segments.values_list("rows", flat=True))
    if run.state == RunState.RUNNING:
        if _is_within(run, now):
            _stop(run, RunState.ABORTED, {"code": "policy_longer"}, now)
        else:
            with checkpoints_beside(), gateway.delivered_together():
                _work(run, job.by, now)
    done = sum(run.segments.filter(state=SegmentState.DONE).values_list("rows", flat=True))
    under_way = run.segments.filter(state=SegmentState.BEGUN).values_list("at", flat=True)
    done += sum(at * MARK for at in under_way)
    finished = run.state != RunState.RUNNING
    return kinds.Progress(min(done, total), total, finished, result_of(run) if finished else {})


def _work(run: Run, by: Actor, now: datetime) -> None:
    ends = time.monotonic() + PORTION
    rules = {rule.name: rule for rule in rules_of_run(run)}
    marks, breath = FIRST_MARKS, Breath(BREATH)
    while True:
        segment = run.segments.exclude(state=SegmentState.DONE).order_by("number").first()
        if segment is None:
            _stop(run, RunState.DONE, {}, now)
            return
        try:
            marks = _go_on(run, segment, rules[segment.table], ends, marks, breath, now)
        except Grew as grew:
            stop: Stop = {"code": "grew", "table": segment.table, "segment": segment.number, "rows": grew.unknown}
            _stop(run, RunState.ABORTED, stop, now)
            return
        if segment.at < len(segment.marks):
            return
        end_segment(run, segment, by, now)
        if time.monotonic() >= ends:
            return


def _go_on(run: Run, segment: Segment, rule: Rule, ends: float, marks: int, breath: Breath, now: datetime) -> int:
    """Go on with a segment until it is through, the time is over, or somebody pauses the run; return the last pace.

    At least one slice is done. Each slice takes `marks` marks, as many as the last one had time for. Raises Grew.
    """
    archived = _archived(run, segment, rule, now) if segment.fate == ARCHIVE else None
    while segment.at < len(segment.marks):
        start, in_doubt = segment.at, segment.trying > segment.at
        if not in_doubt:
            segment.trying = _end_of_slice(segment, marks)
            if not _noted(segment, start, {"trying": segment.trying, "state": SegmentState.BEGUN}, running=True):
                break
        result = _slice(run, segment, rule, archived, breath, now)
        if in_doubt and not result.removed:  # the process that tried it died after it was done
            result.removed, result.gone = result.gone, 0
        segment.at = segment.trying
        segment.removed += result.removed
        segment.gone += result.gone
        segment.stayed = dict(Counter(segment.stayed) + result.stayed)
        counts = {"removed": segment.removed, "gone": segment.gone, "stayed": segment.stayed}
        if not _noted(segment, start, {"at": segment.at, **counts}):
            break
        if not distributed():
            marks = next_marks(segment.at - start, breath.held)
        if time.monotonic() >= ends:  # after a slice, never before the first: archiving alone may take the time
            break
    return marks


def _end_of_slice(segment: Segment, marks: int) -> int:
    """Return the mark up to which the next slice of a segment goes, where the pace is `marks`."""
    if distributed():
        return len(segment.marks)
    last_row = len(segment.marks) - (not segment.marks[-1])
    end = segment.at + even_share(last_row - segment.at, marks)
    return len(segment.marks) if end == last_row else end


def _archived(run: Run, segment: Segment, rule: Rule, now: datetime) -> Collection[str]:
    """Put the rows of a segment into the archive and return the ids of those that it holds."""
    from retention.actions.archiving import put_away  # loads Arrow, which no run without an archive needs

    return put_away(run, segment, rule, now)


def _noted(segment: Segment, at: int, values: Mapping[str, Any], *, running: bool = False) -> bool:
    """Note how far a segment is; return False where another process has been here meanwhile.

    With `running` also where somebody has paused the run. A power cut may lose the note; then it is worked out again.
    """
    rows = Segment.objects.filter(pk=segment.pk, at=at)
    rows = rows.filter(run__state=RunState.RUNNING) if running else rows
    with quick_commit():
        return bool(rows.update(**values))


def _slice(
    run: Run, segment: Segment, rule: Rule, archived: Collection[str] | None, breath: Breath, now: datetime
) -> Result:
    """Take the rows of a segment between two marks out of the catalog. Raises Grew.

    Behind the last row of all, where only new ones can be, is much to read: it is looked through before, for otherwise
    other writers would wait for that.
    """
    after = place_of(segment.marks[segment.at - 1] if segment.at else segment.after)
    upto = place_of(segment.marks[segment.trying - 1])
    rows, kept = of_fate(run, reach(run, rule), segment.month), kept_at(run.school_id)
    if upto is None and not distributed():
        upto = place_of(segment.marks[segment.trying - 2])
        refuse_new(rule, between(rows, upto, None), kept, bound=owners_among(run, rule, upto, None))
    prints = bytes(segment.prints)[segment.at * MARK * WIDTH : segment.trying * MARK * WIDTH]
    return destroy(
        run=run,
        rule=rule,
        rows=between(rows, after, upto),
        prints=told_apart(prints),
        kept=kept,
        bound=owners_among(run, rule, after, upto),
        why_bound=WITH_A_PART,
        archived=archived,
        breath=breath,
        now=now,
    )


def _is_within(run: Run, now: datetime) -> bool:
    """Tell whether somebody has made the policy longer since the rows were counted."""
    if run.kind == RunKind.ORPHANS:
        return False
    periods = policies_of(run.school_id).held[Retention(run.policy_type)].periods
    return is_within_a_period(periods, delete_before=run.delete_before, archive_before=run.archive_before, now=now)


def end_segment(run: Run, segment: Segment, by: Actor, now: datetime) -> None:
    """Note that a segment is done, in numbers, and forget which rows it was."""
    with transaction.atomic():
        segment.state, segment.done_at, segment.prints = SegmentState.DONE, now, b""
        segment.save(update_fields=["state", "done_at", "prints", "gone"])
        record(
            "retention.purge_run",
            by=by,
            school_id=run.school_id or None,
            resource=("retention_run", run.id),
            data={
                "table": segment.table,
                "segment": segment.number,
                "fate": segment.fate,
                "month": segment.month or None,
                "rows": segment.rows,
                "removed": segment.removed,
                "gone_before": segment.gone,
                "stayed": sum(segment.stayed.values()),
                "ids_sha256": segment.ids_sha256,
            },
            at=now,
        )


def _stop(run: Run, state: RunState, stop: Stop, now: datetime) -> None:
    """End a run that runs; one that somebody has paused in this moment stays paused."""
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=state, stop=stop, finished_at=now):
            return
        run.state, run.stop, run.finished_at = state, stop, now
        run.segments.update(prints=b"")
        certify(run, now=now)
