"""The deletion of one child's data, as its request leads to it: counted, seen, approved, done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.values import value
from retention.actions.child_deletion import Answered, UnderWay, approve_deletion, ask_deletion
from retention.actions.runs import PLAN_CHILD, RUN_CHILD, NeedsSecond, WrongState, drop_run, planned_rows, resume_run
from retention.forms.policies import ConfirmForm
from retention.models import RightsRequest, Run, RunKind, RunState
from retention.places import all_places
from retention.queries.subjects import student_names
from retention.rules.runs import needs_second
from retention.views.requests import find_request, note_requests
from retention.vocabulary import RequestKind, RequestOutcome

PAGE = "request-deletion"
SECOND = "Another administrator has to approve this deletion. Tell them where to find it: under Requests about data."
MOVED = "Somebody has decided this meanwhile."
UNDER_WAY = "A deletion of this student’s data is under way already."
ANSWERED = "This request asks for nothing that is left to be deleted."


@dataclass(frozen=True, slots=True)
class Line:
    """What a deletion takes of one table: rows about the student alone and shared ones, of them emptied ones, files.

    `archived` rows of the table lie in archive files, which are written anew without them.
    """

    table: str
    alone: int
    shared: int
    emptied: int
    files: int
    archived: int


@dataclass(frozen=True, slots=True)
class Stays:
    """Rows of one table that stay, and why."""

    table: str
    rows: int
    reason: str


@require_safe
def request_deletion(request: StaffRequest, request_id: str) -> HttpResponse:
    """Show what a deletion would take, and where it stands: two warehouse queries for names."""
    return _page(request, find_request(request_id))


@require_POST
def request_deletion_count(request: StaffRequest, request_id: str) -> HttpResponse:
    """Count what a request to delete would take."""
    try:
        ask_deletion(request=find_request(request_id), by=request.actor, now=now())
    except UnderWay:
        messages.info(request, UNDER_WAY)
    except Answered:
        messages.info(request, ANSWERED)
    return redirect(PAGE, request_id)


@require_POST
def request_deletion_approve(request: StaffRequest, request_id: str) -> HttpResponse:
    """Start a deletion whose numbers were seen."""
    asked = find_request(request_id)
    run = _run(asked)
    if run is None:
        messages.info(request, MOVED)
        return redirect(PAGE, request_id)
    form = _form(request, run)
    if form is not None and not form.is_valid():
        return _page(request, asked, form)
    try:
        approve_deletion(run=run, by=request.actor, now=now())
        messages.success(request, "The deletion has begun.")
    except NeedsSecond:
        messages.info(request, SECOND)
    except Answered:
        messages.info(request, ANSWERED)
    except WrongState:
        messages.info(request, MOVED)
    return redirect(PAGE, request_id)


@require_POST
def request_deletion_drop(request: StaffRequest, request_id: str) -> HttpResponse:
    """Drop what was counted; the request stays open."""
    run = _run(find_request(request_id))
    try:
        if run is None:
            raise WrongState(MOVED)
        drop_run(run=run, by=request.actor, now=now())
        messages.success(request, "Dropped. Nothing was deleted, and the request is still open.")
    except WrongState:
        messages.info(request, MOVED)
    return redirect(PAGE, request_id)


@require_POST
def request_deletion_resume(request: StaffRequest, request_id: str) -> HttpResponse:
    """Go on with a deletion that a fault has stopped."""
    run = _run(find_request(request_id))
    try:
        if run is None:
            raise WrongState(MOVED)
        resume_run(run=run, by=request.actor, now=now())
        messages.success(request, "The deletion goes on.")
    except WrongState:
        messages.info(request, MOVED)
    return redirect(PAGE, request_id)


def _run(asked: RightsRequest) -> Run | None:
    """Return the newest deletion that came of a request."""
    runs = Run.objects.filter(request_id=asked.id, kind=RunKind.CHILD)
    return runs.order_by("-asked_at", "-id").first()


def _form(request: StaffRequest, run: Run) -> ConfirmForm | None:
    """Return the form that a second administrator fills in; None where nobody has to."""
    rows = planned_rows(run)
    if run.state != RunState.READY or not needs_second(
        rows, value(run.school_id, "retention.second_person_rows").value
    ):
        return None
    return ConfirmForm(request.POST if request.method == "POST" else None, rows=rows)


def _page(request: StaffRequest, asked: RightsRequest, form: ConfirmForm | None = None) -> HttpResponse:
    note_requests(request, [asked], PAGE)
    run = _run(asked)
    context = {
        "asked": asked,
        "run": run,
        "student": student_names([asked.student_id]).get(asked.student_id, ""),
        "people": staff_names([run.asked_by, run.approved_by] if run else []),
        "school_name": dict(request.school_choices).get(asked.school_id, ""),
        "job": job_of(PLAN_CHILD if run.state == RunState.COUNTING else RUN_CHILD, run.id) if run else None,
        "goes": _goes(run) if run else [],
        "stays": _stays(run) if run else [],
        "copies": _copies(run) if run else 0,
        "rows": planned_rows(run) if run else 0,
        "done": sum(run.segments.values_list("removed", flat=True)) if run else 0,
        "second": run is not None and _form(request, run) is not None,
        "own": run is not None and run.asked_by == request.actor.id,
        "may_count": _may_count(asked, run),
        "may_change": request.access.may(Permission.DELETE_CHILD),
        "here": request.path,
        "form": form or (_form(request, run) if run and request.method != "POST" else None),
    }
    return render(request, "retention/deletion.html", context, status=422 if form is not None else 200)


def _may_count(asked: RightsRequest, run: Run | None) -> bool:
    """Tell whether there is something to count, and nothing under way."""
    is_over = run is None or run.state in {RunState.DONE, RunState.ABORTED, RunState.DROPPED}
    wanted = asked.is_open or asked.outcome == RequestOutcome.PARTLY
    return asked.kind == RequestKind.DELETE and wanted and is_over


def _goes(run: Run) -> list[Line]:
    lines = (
        Line(
            table,
            alone=max(of["delete"] + of["blank"] - of["shared"], 0),
            shared=of["shared"],
            emptied=of["blank"],
            files=of["files"],
            archived=of["archived"],
        )
        for table, of in _numbers(run).items()
    )
    return [line for line in lines if line.alone or line.shared or line.archived]


def _stays(run: Run) -> list[Stays]:
    return [
        Stays(table, rows, reason) for table, of in _numbers(run).items() for reason, rows in of["kept"].items() if rows
    ]


def _copies(run: Run) -> int:
    """Return how many of the portal's own things go."""
    return sum(of["delete"] for model, of in _numbers(run).items() if model in all_places())


def _numbers(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = run.numbers if run.counted_at else {}
    return found
