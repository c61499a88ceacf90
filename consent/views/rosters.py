"""Rosters: the list of imports, one import from reading to undoing, what it would change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.numbers import whole
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.looking import note_comparison
from consent.forms.rosters import ApplyForm, Choice, UploadForm
from consent.models import RosterImport
from consent.models.rosters import RosterFormat, RosterState
from consent.queries.rosters import (
    KINDS,
    comparison,
    current_job,
    import_page,
    imports_in,
    last_failure,
    schools_of,
)
from consent.roster.actions import RosterProblem, can_be_undone, drop, go_on, start_applying, start_undoing
from consent.roster.tally import Tally
from consent.roster.words import KIND_WORDS, NOTES, column_words

LIST = "roster-list"


def importable_schools(request: StaffRequest) -> list[Choice]:
    """Return the schools that the person may import a table for."""
    return [(key, name) for key, name in request.school_choices if request.school in {None, key}]


@require_safe
def roster_list(request: StaffRequest) -> HttpResponse:
    """Show the form for a file and the imports so far."""
    return show_list(request, UploadForm(schools=importable_schools(request)))


def show_list(request: StaffRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    """Return the page with a form, which may hold errors."""
    cursor = request.GET.get("cursor", "")
    try:
        part = import_page(request.access.scope, request.actor.id, cursor)
    except BadCursor:
        part = None
    if part is None or (cursor and not part.rows):
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    context = {
        "form": form,
        "imports": part.rows,
        "most": settings.ROSTER_MOST_MEGABYTES,
        "undo_days": settings.ROSTER_UNDO_DAYS,
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "consent/staff/rosters.html", context, status=status)


@require_safe
def roster_import(request: StaffRequest, import_id: str) -> HttpResponse:
    """Show where an import stands and what can be done next. It names no student and no guardian."""
    found = find_import(request, import_id)
    if found.state == RosterState.MAPPING:
        return redirect("roster-columns", import_id)
    return _show(request, found, ApplyForm(None, about=found))


@require_safe
def roster_changes(request: StaffRequest, import_id: str, school_id: str) -> HttpResponse:
    """Show what an import would change at one school, person by person."""
    found = find_import(request, import_id)
    school = next((one for one in schools_of(found) if one.school_id == school_id), None)
    if school is None:
        raise Http404("The import has no such school.")
    kind, after = request.GET.get("kind", ""), request.GET.get("after", "0")
    try:
        part = comparison(found, school_id, kind=kind if kind in KINDS else "", after=whole(after, otherwise=0))
    except FileNotFoundError as error:
        raise Http404("The file of this import is gone.") from error
    note_comparison(
        by=request.actor,
        import_id=found.pk,
        school_id=school_id,
        filters=["kind"] if kind else [],
        page="roster-changes",
        rows=len(part.lines),
    )
    context = {
        "roster_import": found,
        "school": school,
        "kind": kind,
        "kinds": [(name, KIND_WORDS[name], part.counts[name], _page(kind=name)) for name in KINDS],
        "lines": [(one, [(column_words(column), old, new) for column, old, new in one.details]) for one in part.lines],
        "all_url": _page(),
        "first_url": _page(kind=kind) if whole(after, otherwise=0) else "",
        "previous_url": _page(kind=kind, after=part.previous) if part.previous is not None else "",
        "next_url": _page(kind=kind, after=part.following) if part.following else "",
    }
    return render(request, "consent/staff/roster_changes.html", context)


@require_POST
def roster_apply(request: StaffRequest, import_id: str) -> HttpResponse:
    """Have an import written."""
    found = find_import(request, import_id)
    form = ApplyForm(request.POST, about=found)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    return _tried(
        request,
        import_id,
        lambda: start_applying(
            import_id=import_id,
            leave_out_invalid=bool(form.cleaned_data.get("leave_out")),
            confirmed=form.cleaned_data.get("confirmed"),
            by=request.actor,
            now=now(),
        ),
    )


@require_POST
def roster_go_on(request: StaffRequest, import_id: str) -> HttpResponse:
    """Go on with an import that a fault has stopped."""
    found = find_import(request, import_id)
    done = "It goes on from where it stopped."
    return _tried(request, import_id, lambda: go_on(import_id=found.pk, by=request.actor, now=now()), done=done)


@require_POST
def roster_drop(request: StaffRequest, import_id: str) -> HttpResponse:
    """Give an import up before it is applied."""
    found = find_import(request, import_id)
    gone = "The file is deleted. Nothing was changed."
    return _tried(request, import_id, lambda: drop(import_id=found.pk, now=now()), done=gone)


@require_POST
def roster_undo(request: StaffRequest, import_id: str) -> HttpResponse:
    """Have an import taken back."""
    found = find_import(request, import_id)
    return _tried(request, import_id, lambda: start_undoing(import_id=found.pk, by=request.actor, now=now()))


def find_import(request: StaffRequest, import_id: str) -> RosterImport:
    """Return an import that the person may see. Raises Http404."""
    found = imports_in(request.access.scope, request.actor.id).filter(pk=import_id).first()
    if found is None:
        raise Http404("There is no such import.")
    return found


def _tried(request: StaffRequest, import_id: str, work: Callable[[], object], *, done: str = "") -> HttpResponse:
    """Do the work and say that it is `done`, or why it cannot be."""
    try:
        work()
    except RosterProblem as problem:
        messages.error(request, str(problem))
    else:
        if done:
            messages.info(request, done)
    return redirect("roster-import", import_id)


def _show(request: StaffRequest, found: RosterImport, form: ApplyForm, *, status: int = 200) -> HttpResponse:
    job = current_job(found)
    counts = Tally.of(found.counts or found.expected)
    undoable = can_be_undone(found, now())
    context = {
        "roster_import": found,
        "schools": schools_of(found),
        "job": job,
        "moving": job is not None and job.is_open,
        "form": form,
        "counts": [
            (kind.value, [outcomes[name] for name in outcomes])
            for kind, outcomes in counts.counts.items()
            if any(outcomes.values())
        ],
        "notes": [(number, NOTES[code]) for code, number in sorted(counts.notes.items())],
        "failure": last_failure(found) if found.state == RosterState.CHECKED else "",
        "is_table": found.format == RosterFormat.CSV,
        "undoable": undoable,
        "undo_until": found.applied_at + timedelta(days=settings.ROSTER_UNDO_DAYS) if found.applied_at else None,
        "percent": settings.ROSTER_MOST_DEPARTURES_PERCENT,
        "waiting": found.state == RosterState.APPLIED and gateway.pending(),
        "here": request.path,
    }
    return render(request, "consent/staff/roster.html", context, status=status)


def _page(kind: str = "", after: int = 0) -> str:
    """Return the query of a page of the comparison."""
    parts = [f"{name}={value}" for name, value in (("kind", kind), ("after", after)) if value]
    return "?" + "&".join(parts)
