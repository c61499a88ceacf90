"""Runs: the list, asking for one, its numbers, the decision, its progress and its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.inventory import Retention
from retention.actions.runs import (
    PLAN,
    RUN,
    NeedsSecond,
    WrongState,
    approve_run,
    ask_orphans,
    ask_run,
    drop_run,
    pause_run,
    planned_rows,
    resume_run,
)
from retention.forms.policies import ConfirmForm
from retention.forms.runs import ORPHANS, RunForm
from retention.models import Run, RunKind, RunState
from retention.queries.runs import TableOfRun, leftover_page, people_of_runs, run_page, tables_of
from retention.rules.runs import needs_second
from retention.views.policies import school_name
from retention.words import table_words

LIST, DETAIL = "run-list", "run-detail"
SECOND = "Another administrator has to approve this run. Tell them where to find it: under Retention, Runs."
OF_NO_SCHOOL = "Rows of no school"
MOVED = "Somebody else has moved this run meanwhile. This is how it stands now."


@require_safe
def run_list(request: StaffRequest) -> HttpResponse:
    """Show the runs, newest first: one warehouse query for names of people."""
    waiting = {"state": RunState.READY} if request.GET.get("state") == RunState.READY else {}
    try:
        part = run_page(_runs(request).filter(**waiting), cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    context = {
        "runs": part.rows,
        "people": people_of_runs(part.rows),
        "schools": dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {},
        "may_change": request.access.may(Permission.DECIDE_RUNS),
        "may_see_policies": request.access.may(Permission.SEE_RETENTION),
        "waiting": bool(waiting),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "retention/runs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def run_new(request: StaffRequest) -> HttpResponse:
    """Ask for a run; what it would take is counted before anything goes."""
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    if not request.access.may(Permission.MANAGE_RETENTION):
        schools = []
    initial = {name: request.GET.get(name, "") for name in ("school", "kind")}
    everything = request.access.scope.schools is None
    given = request.POST if request.method == "POST" else None
    form = RunForm(given, schools=schools, everything=everything, initial=initial)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["kind"] == ORPHANS:
            run = ask_orphans(by=request.actor, now=now())
        else:
            kind = Retention(form.cleaned_data["kind"])
            run = ask_run(school_id=form.cleaned_data["school"], kind=kind, by=request.actor, now=now())
        return redirect(DETAIL, run.id)
    return render(request, "retention/run_new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def run_detail(request: StaffRequest, run_id: str) -> HttpResponse:
    """Show a run: one warehouse query, for the names of people. One child's deletion is shown with its request."""
    if child := _runs(request).filter(pk=run_id, kind=RunKind.CHILD).first():
        return redirect("request-deletion", child.request_id)
    return _page(request, _run(request, run_id))


@require_safe
def run_leftovers(request: StaffRequest, run_id: str) -> HttpResponse:
    """Show the rows that a run had to leave, and what to do about each."""
    run = _run(request, run_id)
    try:
        part = leftover_page(run, request.GET.get("cursor", ""))
    except BadCursor:
        return redirect("run-leftovers", run_id)
    context = {
        "run": run,
        "leftovers": part.rows,
        "school_name": school_name(request, run.school_id) if run.school_id else OF_NO_SCHOOL,
        **neighbours(request, "run-leftovers", previous=part.previous, following=part.next, parts=(run_id,)),
    }
    return render(request, "retention/run_leftovers.html", context)


@require_POST
def run_approve(request: StaffRequest, run_id: str) -> HttpResponse:
    """Start a run whose numbers were seen."""
    run = _run(request, run_id)
    form = _form(request, run)
    if form is not None and run.asked_by != request.actor.id and not form.is_valid():
        return _page(request, run, form)
    try:
        approve_run(run=run, by=request.actor, now=now())
        messages.success(request, "The run has started. You can leave this page: it goes on by itself.")
    except NeedsSecond:
        messages.info(request, SECOND)
    except WrongState:
        messages.info(request, MOVED)
    return redirect(DETAIL, run_id)


@require_POST
def run_pause(request: StaffRequest, run_id: str) -> HttpResponse:
    """Pause a run."""
    return _moved(request, run_id, pause_run, "Paused. Nothing more goes until somebody lets it go on.")


@require_POST
def run_resume(request: StaffRequest, run_id: str) -> HttpResponse:
    """Go on with a run that was paused, or that a fault has stopped."""
    return _moved(request, run_id, resume_run, "The run goes on.")


@require_POST
def run_drop(request: StaffRequest, run_id: str) -> HttpResponse:
    """Drop a run."""
    return _moved(request, run_id, drop_run, "Dropped. What is still there stays.")


def _moved(request: StaffRequest, run_id: str, action: Callable[..., Run], words: str) -> HttpResponse:
    try:
        action(run=_run(request, run_id), by=request.actor, now=now())
        messages.success(request, words)
    except WrongState:
        messages.info(request, MOVED)
    return redirect(DETAIL, run_id)


def _runs(request: StaffRequest) -> QuerySet[Run]:
    """Return the runs that the person may see: of the chosen school or of all in scope.

    ClassWaves sees those of no school. One child's deletion is a part of the request: who sees none sees none of these.
    """
    if not request.access.may(Permission.SEE_RETENTION):
        return Run.objects.filter(kind=RunKind.ORPHANS)
    runs = Run.objects.filter(school_id=request.school) if request.school else Run.objects.all()
    return runs if request.access.may(Permission.SEE_REQUESTS) else runs.exclude(kind=RunKind.CHILD)


def _run(request: StaffRequest, run_id: str) -> Run:
    """Return a run that the person may see; others do not exist. Raises Http404."""
    try:
        return _runs(request).exclude(kind=RunKind.CHILD).get(pk=run_id)
    except Run.DoesNotExist:
        raise Http404("There is no such run.") from None


def _form(request: StaffRequest, run: Run) -> ConfirmForm | None:
    """Return the form that a second administrator fills in; None where nobody has to."""
    rows = planned_rows(run)
    if run.state != RunState.READY or not needs_second(
        rows, value(run.school_id, "retention.second_person_rows").value
    ):
        return None
    return ConfirmForm(request.POST if request.method == "POST" else None, rows=rows)


def _page(request: StaffRequest, run: Run, form: ConfirmForm | None = None) -> HttpResponse:
    tables, job = tables_of(run), job_of(PLAN if run.state == RunState.COUNTING else RUN, run.id)
    rows = planned_rows(run)
    context = {
        "run": run,
        "tables": tables,
        "archives": any(one.archive or one.archived for one in tables),
        "rows": rows,
        "removed": sum(one.deleted + one.archived for one in tables),
        "leftovers": run.leftovers.count(),
        "chart": _chart(tables),
        "people": people_of_runs([run]),
        "school_name": school_name(request, run.school_id) if run.school_id else OF_NO_SCHOOL,
        "job": job,
        "here": request.path,
        "second": needs_second(rows, value(run.school_id, "retention.second_person_rows").value),
        "own": run.asked_by == request.actor.id,
        "may_change": request.access.may(Permission.DECIDE_RUNS),
        "may_see_policies": request.access.may(Permission.SEE_RETENTION),
        "form": form or _form(request, run),
    }
    return render(request, "retention/run.html", context, status=422 if form is not None else 200)


def _chart(tables: Sequence[TableOfRun]) -> list[dict[str, Any]]:
    """Return a bar for each table with rows past their end: what goes and what stays."""
    return [
        {
            "name": table_words(one.name),
            "parts": [
                {"label": "To delete", "count": one.delete, "tone": "bad"},
                {"label": "To archive", "count": one.archive, "tone": "info"},
                {"label": "Stay", "count": sum(one.kept.values()), "tone": "neutral"},
            ],
        }
        for one in tables
        if one.found
    ]
