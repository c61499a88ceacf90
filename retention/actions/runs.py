"""What people do to a run: ask for it, approve what was counted, pause it, go on, drop it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import State
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.inventory import Retention
from retention.actions.certificates import certify
from retention.models import Run, RunKind, RunState
from retention.queries.policies import policies_of
from retention.rules.runs import cut_offs, may_move, needs_second

__all__ = [
    "NIGHT",
    "PLAN",
    "PLAN_CHILD",
    "RUN",
    "RUN_CHILD",
    "NeedsSecond",
    "WrongState",
    "approve_run",
    "ask_orphans",
    "ask_run",
    "drop_run",
    "job_kind",
    "note_counted",
    "pause_run",
    "planned_rows",
    "register",
    "result_of",
    "resume_run",
]

PLAN, RUN = "retention.plan", "retention.run"
NIGHT = "retention.night"
PLAN_CHILD, RUN_CHILD = "retention.plan_child", "retention.run_child"


class WrongState(Exception):
    """A run cannot move from where it stands to where somebody wants it."""


class NeedsSecond(Exception):
    """Another administrator has to approve, not the one who asked."""


def register() -> None:
    """Register the jobs of runs. Called once, when Django starts."""
    for kind, step, reason, title in (
        (PLAN, "planning.plan_portion", "rows of no school", "Counting rows past their days"),
        (RUN, "running.run_portion", "rows of no school", "Retention run"),
        (NIGHT, "nightly.night_portion", "policies of one school", "Looking for rows past their days by night"),
        (PLAN_CHILD, "child_planning.plan_child_portion", "rows about one student", "Counting a student’s data"),
        (RUN_CHILD, "child_running.run_child_portion", "rows about one student", "Deleting a student’s data"),
    ):
        kinds.register(kind, f"retention.actions.{step}", reason=reason, title=title)


def job_kind(run: Run) -> str:
    """Return the kind of job that carries a run out."""
    return RUN_CHILD if run.kind == RunKind.CHILD else RUN


def ask_run(*, school_id: str, kind: Retention, by: Actor, now: datetime, by_night: bool = False) -> Run:
    """Ask for a run of a policy of a school in scope, and start to count what it would take. Nothing is destroyed."""
    delete_before, archive_before = cut_offs(policies_of(school_id).held[kind].periods, now)
    with transaction.atomic():
        run = Run.objects.create(
            school_id=school_id,
            kind=RunKind.POLICY,
            policy_type=kind.value,
            delete_before=delete_before,
            archive_before=archive_before,
            by_night=by_night,
            asked_by=by.id,
            asked_at=now,
        )
        jobs.start(kind=PLAN, subject_id=run.id, school_id=school_id, by=by, now=now)
    return run


def ask_orphans(*, by: Actor, now: datetime) -> Run:
    """Ask for a sweep of rows without what they belong to, and start to look for them. Nothing is destroyed.

    They are of no school, so that only who sees all schools sees the run. What is younger than a month stays: the rest
    of a session may still be on its way.
    """
    with transaction.atomic():
        run = Run.objects.create(
            school_id="",
            kind=RunKind.ORPHANS,
            delete_before=now - timedelta(days=settings.RETENTION_ORPHAN_DAYS),
            asked_by=by.id,
            asked_at=now,
        )
        jobs.start(kind=PLAN, subject_id=run.id, school_id=None, by=by, now=now)
    return run


def planned_rows(run: Run) -> int:
    """Return how many rows the run would take."""
    return sum(run.segments.values_list("rows", flat=True))


def result_of(run: Run) -> dict[str, Any]:
    """Return what the catalog's row of the job tells of a run: rows removed by table, and why it ended by itself."""
    removed: dict[str, int] = {}
    for table, rows in run.segments.values_list("table", "removed"):
        removed[table] = removed.get(table, 0) + rows
    return {"run": run.id, "policy_type": run.policy_type, "state": run.state, "removed": removed, "stop": run.stop}


def approve_run(*, run: Run, by: Actor, now: datetime) -> Run:
    """Start a run whose numbers were seen. Raises WrongState, and NeedsSecond where it is large and their own."""
    with transaction.atomic():
        run = _locked(run)
        _move(run, RunState.RUNNING, from_state=RunState.READY)
        rows = planned_rows(run)
        if by.id == run.asked_by and needs_second(rows, value(run.school_id, "retention.second_person_rows").value):
            raise NeedsSecond("Another administrator approves this run.")
        _start(run, rows, by, now)
    return run


def note_counted(*, run: Run, by: Actor, now: datetime) -> None:
    """Move a run of a policy on that has been counted, in the caller's transaction.

    One without rows is done. One of the night was approved with the policy, and starts; where it is unusually large it
    waits for a person, as one by hand does.
    """
    rows = planned_rows(run)
    run.counted_at, run.state = now, RunState.READY if rows else RunState.DONE
    run.finished_at = None if rows else now
    run.save(update_fields=["counted_at", "state", "finished_at"])
    if run.by_night and 0 < rows <= value(run.school_id, "retention.night_most_rows").value:
        _move(run, RunState.RUNNING)
        _start(run, rows, by, now)


def pause_run(*, run: Run, by: Actor, now: datetime) -> Run:
    """Pause a run: what is under way is finished within a moment, the rest waits. Raises WrongState."""
    with transaction.atomic():
        run = _locked(run)
        _move(run, RunState.PAUSED)
        _told("retention.run_paused", run, planned_rows(run), by, now)
    return run


def resume_run(*, run: Run, by: Actor, now: datetime) -> Run:
    """Go on with a run that was paused, or whose job a fault has stopped. Raises WrongState."""
    with transaction.atomic():
        run = _locked(run)
        job = job_of(job_kind(run), run.id)
        if run.state != RunState.RUNNING or job is None or job.state != State.FAILED:
            _move(run, RunState.RUNNING, from_state=RunState.PAUSED)
        rows = planned_rows(run)
        _told("retention.run_resumed", run, rows, by, now)
        if job:
            jobs.cancel(job_id=job.id, now=now)
        jobs.start(kind=job_kind(run), subject_id=run.id, school_id=run.school_id or None, total=rows, by=by, now=now)
    return run


def drop_run(*, run: Run, by: Actor, now: datetime) -> Run:
    """Drop a run that does not run; what it has destroyed is gone, the rest stays. Raises WrongState."""
    with transaction.atomic():
        run = _locked(run)
        _move(run, RunState.DROPPED)
        run.finished_at, run.cursor = now, {}  # of a child's deletion it says whom it is about
        run.save(update_fields=["finished_at", "cursor"])
        run.segments.update(prints=b"")
        certify(run, now=now)
        _told("retention.run_dropped", run, planned_rows(run), by, now)
    return run


def _start(run: Run, rows: int, by: Actor, now: datetime) -> None:
    run.approved_by, run.approved_at = by.id, now
    run.save(update_fields=["approved_by", "approved_at"])
    _told("retention.run_approved", run, rows, by, now)
    jobs.start(kind=job_kind(run), subject_id=run.id, school_id=run.school_id or None, total=rows, by=by, now=now)


def _locked(run: Run) -> Run:
    return Run.objects.select_for_update().get(pk=run.pk)


def _move(run: Run, to: RunState, *, from_state: RunState | None = None) -> None:
    """Move a locked run. Raises WrongState."""
    if not may_move(RunState(run.state), to) or (from_state and run.state != from_state):
        raise WrongState(f"A run that is {run.get_state_display().lower()} cannot become {to.label.lower()}.")
    run.state = to
    run.save(update_fields=["state"])


def _told(event: str, run: Run, rows: int, by: Actor, now: datetime) -> None:
    record(
        event,
        by=by,
        school_id=run.school_id or None,
        resource=("retention_run", run.id),
        data={"kind": run.kind, "policy_type": run.policy_type, "rows": rows},
        at=now,
    )
