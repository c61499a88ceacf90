"""What people do to the deletion of one child's data: ask for it from a request, approve what was counted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.lib.actor import Actor
from retention.actions.requests import UnderWay
from retention.actions.runs import PLAN_CHILD, approve_run, planned_rows
from retention.models import RightsRequest, Run, RunKind, RunState
from retention.vocabulary import RequestKind, RequestOutcome

__all__ = ["Answered", "UnderWay", "approve_deletion", "ask_deletion"]

OPEN = (RunState.COUNTING, RunState.READY, RunState.RUNNING, RunState.PAUSED)


class Answered(Exception):
    """The request asks for nothing that is left to be deleted."""


def ask_deletion(*, request: RightsRequest, by: Actor, now: datetime) -> Run:
    """Count what a request to delete would take, at its school. Nothing is destroyed.

    A request that was answered with "partly done" may be taken up again, once what held the rows is over. Raises
    Answered and UnderWay.
    """
    with transaction.atomic():
        request = _wanted(request.pk)
        if Run.objects.filter(student_id=request.student_id, kind=RunKind.CHILD, state__in=OPEN).exists():
            raise UnderWay("A deletion is under way.")
        run = Run.objects.create(
            school_id=request.school_id,
            kind=RunKind.CHILD,
            student_id=request.student_id,
            request_id=request.id,
            asked_by=by.id,
            asked_at=now,
        )
        jobs.start(kind=PLAN_CHILD, subject_id=run.id, school_id=run.school_id, by=by, now=now)
    return run


def approve_deletion(*, run: Run, by: Actor, now: datetime) -> Run:
    """Start a deletion whose numbers were seen. Raises Answered, runs.WrongState and runs.NeedsSecond."""
    with transaction.atomic():
        _wanted(run.request_id)
        run = approve_run(run=run, by=by, now=now)
        record(
            "deletion.started",
            by=by,
            school_id=run.school_id,
            resource=("request", run.request_id),
            students=[run.student_id],
            data={"run": run.id, "rows": planned_rows(run)},
            at=now,
        )
    return run


def _wanted(request_id: str) -> RightsRequest:
    """Return a request, locked, that still asks to delete something. Raises Answered."""
    request = RightsRequest.objects.select_for_update().get(pk=request_id)
    if request.kind != RequestKind.DELETE or not (request.is_open or request.outcome == RequestOutcome.PARTLY):
        raise Answered("Nothing is asked to be deleted.")
    return request
