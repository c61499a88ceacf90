"""Takes requests about a student's data into the register, and closes them with an outcome."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.record import Codes, record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import Student
from consent.actions.asked_deletion import mark_asked
from consent.models import Guardian
from consent.queries.circumstances import circumstances_of
from retention.actions.runs import drop_run
from retention.models import RightsRequest, Run, RunState
from retention.queries.requests import state_of
from retention.rules.requests import Due, Limits, due
from retention.vocabulary import ACCESS, AskedBy, RequestKind, RequestOutcome

__all__ = ["Closed", "UnderWay", "close_request", "due_for", "open_request"]

_RECEIVED = {
    RequestKind.SEE: "request.access_received",
    RequestKind.COPY: "request.access_received",
    RequestKind.CORRECT: "request.amend_received",
    RequestKind.REFUSE: "request.refuse_collection",
    RequestKind.DELETE: "request.deletion_received",
}


class Closed(Exception):
    """The request was closed already."""


class UnderWay(Exception):
    """A deletion of this child's data is under way already."""


def limits(school_id: str) -> Limits:
    """Return the days of each clock at a school. At most one warehouse query, none for what is remembered."""
    return Limits(
        coppa=value(school_id, "requests.days_coppa").value,
        ferpa=value(school_id, "requests.days_ferpa").value,
        ca=value(school_id, "requests.school_days_california").value,
        il=value(school_id, "requests.days_illinois").value,
        ny=value(school_id, "requests.days_new_york").value,
    )


def due_for(student: Student, kind: RequestKind, *, received: datetime, now: datetime) -> Due:
    """Return by when a request about a student is answered, and by which rule: at most four warehouse queries."""
    return due(
        kind,
        received,
        time_zone(student.school_id),
        state=state_of(student.school_id),
        under_13=circumstances_of({student.id: student.school_id}, now)[student.id].under_13,
        limits=limits(student.school_id),
    )


def open_request(
    *,
    student: Student,
    kind: RequestKind,
    asked_by: AskedBy,
    guardian: Guardian | None = None,
    words: str = "",
    received: datetime,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    """Take a request into the register, with the day by which it is answered.

    A request to delete stands on the student's age records too, where other services read it.
    """
    last = due_for(student, kind, received=received, now=now)
    with transaction.atomic():
        request = RightsRequest.objects.create(
            school_id=student.school_id,
            student_id=student.id,
            kind=kind.value,
            asked_by=asked_by.value,
            guardian=guardian,
            words=words,
            received_at=received,
            due_at=last.at,
            clock=last.clock.value,
            entered_by=by.id,
            entered_at=now,
        )
        if kind is RequestKind.DELETE:
            mark_asked(student.id, student.school_id, now=now)
        data: Codes = {"kind": kind.value, "asked_by": asked_by.value, "due": last.at.isoformat(), "clock": last.clock}
        _audit(_RECEIVED[kind], request, data, by, now)
    return request


def close_request(
    *, request: RightsRequest, outcome: RequestOutcome, answer: str, by: Actor, now: datetime, rest: bool = False
) -> RightsRequest:
    """Close a request with what came of it; with `rest`, also one that was partly done.

    A deletion that was only counted is dropped with a refusal. Raises Closed, and UnderWay where one has begun.
    """
    with transaction.atomic():
        request = RightsRequest.objects.select_for_update().get(pk=request.pk)
        if not request.is_open and not (rest and request.outcome == RequestOutcome.PARTLY):
            raise Closed("The request was closed already.")
        if outcome is RequestOutcome.REFUSED:
            _drop_deletions(request, by, now)
        request.outcome, request.answer = outcome.value, answer
        request.closed_by, request.closed_at = by.id, now
        request.save(update_fields=["outcome", "answer", "closed_by", "closed_at"])
        data: Codes = {"kind": request.kind, "outcome": outcome.value, "in_time": now <= request.due_at}
        _audit(_closed(RequestKind(request.kind), outcome), request, data, by, now)
    return request


def _drop_deletions(request: RightsRequest, by: Actor, now: datetime) -> None:
    runs = Run.objects.filter(request_id=request.id)
    if runs.filter(state__in=[RunState.RUNNING, RunState.PAUSED]).exists():
        raise UnderWay("The deletion has begun.")
    for run in runs.filter(state__in=[RunState.COUNTING, RunState.READY]):
        drop_run(run=run, by=by, now=now)


def _closed(kind: RequestKind, outcome: RequestOutcome) -> str:
    """Return the event of a closed request: the one that the vocabulary of the log has for it, where it has one."""
    if kind in ACCESS and outcome is not RequestOutcome.REFUSED:
        return "request.access_fulfilled"
    return "request.amend_decided" if kind is RequestKind.CORRECT else "request.closed"


def _audit(event: str, request: RightsRequest, data: Codes, by: Actor, now: datetime) -> None:
    record(
        event,
        by=by,
        school_id=request.school_id,
        resource=("request", request.id),
        students=[request.student_id],
        data=data,
        at=now,
    )
