"""Legal holds: the list, placing one, releasing one by two people."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.warehouse.models import Student
from consent.actions.looking import note_record, note_shown
from retention.actions.holds import NotReleased, ask_release, asked_of, cooling_off, keep_hold, place_hold, release_hold
from retention.forms.holds import HoldForm, ReleaseForm
from retention.models import LegalHold
from retention.queries.holds import hold_page
from retention.queries.subjects import student_names
from retention.rules.holds import Refusal, may_release, release_from

LIST, DETAIL = "hold-list", "hold-detail"
REFUSALS = {
    Refusal.RELEASED: "This hold is released already.",
    Refusal.NOT_ASKED: "Nobody has asked for the release yet.",
    Refusal.SAME_PERSON: "Another administrator has to confirm the release.",
    Refusal.TOO_SOON: "The days for second thoughts are not over yet.",
}


@require_safe
def hold_list(request: StaffRequest) -> HttpResponse:
    """Show the holds, newest first: one warehouse query for names of students."""
    try:
        part = hold_page(school=request.school or "", cursor=request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    _note(request, part.rows, LIST)
    context = {
        "holds": part.rows,
        "students": student_names(hold.student_id for hold in part.rows),
        "schools": dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {},
        "may_change": request.access.may(Permission.MANAGE_HOLDS),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "retention/holds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hold_new(request: StaffRequest) -> HttpResponse:
    """Place a hold on a school, a session or a period."""
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    return _new(request, HoldForm(request.POST or None, schools=schools), None)


@require_http_methods(["GET", "HEAD", "POST"])
def hold_student(request: StaffRequest, student_id: str) -> HttpResponse:
    """Place a hold on what is about one student."""
    try:
        student = Student.objects.get(pk=student_id)
    except Student.DoesNotExist:
        raise Http404("There is no such student.") from None
    names = dict(request.school_choices)
    form = HoldForm(request.POST or None, schools=[(student.school_id, names.get(student.school_id, ""))])
    return _new(request, form, student)


@require_safe
def hold_detail(request: StaffRequest, hold_id: str) -> HttpResponse:
    """Show a hold, and what can be done about it: two warehouse queries for names."""
    return _page(request, _hold(hold_id), ReleaseForm())


@require_POST
def hold_ask(request: StaffRequest, hold_id: str) -> HttpResponse:
    """Ask for the release of a hold."""
    hold, form = _hold(hold_id), ReleaseForm(request.POST)
    if not form.is_valid():
        return _page(request, hold, form)
    try:
        ask_release(hold=hold, reason=form.cleaned_data["reason"].strip(), by=request.actor, now=now())
        messages.success(request, "Asked. The hold stays until another administrator has confirmed.")
    except NotReleased as error:
        messages.info(request, REFUSALS[error.refusal])
    return redirect(DETAIL, hold_id)


@require_POST
def hold_keep(request: StaffRequest, hold_id: str) -> HttpResponse:
    """Keep a hold whose release was asked for."""
    try:
        keep_hold(hold=_hold(hold_id), by=request.actor, now=now())
        messages.success(request, "The hold stays.")
    except NotReleased as error:
        messages.info(request, REFUSALS[error.refusal])
    return redirect(DETAIL, hold_id)


@require_POST
def hold_release(request: StaffRequest, hold_id: str) -> HttpResponse:
    """Release a hold, as the second person."""
    try:
        release_hold(hold=_hold(hold_id), by=request.actor, now=now())
        messages.success(request, "Released. From now on the retention policies count again.")
    except NotReleased as error:
        messages.info(request, REFUSALS[error.refusal])
    return redirect(DETAIL, hold_id)


def _new(request: StaffRequest, form: HoldForm, student: Student | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        since, until = form.bounds()
        hold = place_hold(
            school_id=form.cleaned_data["school"],
            student_id=student.pk if student else "",
            session_id=form.cleaned_data["session"].strip(),
            since=since,
            until=until,
            reason=form.cleaned_data["reason"].strip(),
            by=request.actor,
            now=now(),
        )
        messages.success(request, "The hold is in force. Nothing that it covers is destroyed.")
        return redirect(DETAIL, hold.id)
    if student:
        note_record(by=request.actor, student=student)
    context = {"form": form, "student": student}
    return render(request, "retention/hold_new.html", context, status=422 if form.is_bound else 200)


def _page(request: StaffRequest, hold: LegalHold, form: ReleaseForm) -> HttpResponse:
    _note(request, [hold], DETAIL)
    asked = asked_of(hold)
    released = hold.released_at is not None
    refusal = may_release(
        asked, released=released, by=request.actor.id, now=now(), cooling_off=cooling_off(hold.school_id)
    )
    context = {
        "hold": hold,
        "student": student_names([hold.student_id]).get(hold.student_id, ""),
        "people": staff_names([hold.placed_by, hold.release_asked_by, hold.released_by]),
        "school_name": dict(request.school_choices).get(hold.school_id, ""),
        "asked": asked,
        "release_from": release_from(asked, cooling_off(hold.school_id)) if asked else None,
        "why_not": REFUSALS[refusal] if refusal else "",
        "may_change": request.access.may(Permission.MANAGE_HOLDS),
        "form": form,
    }
    return render(request, "retention/hold.html", context, status=422 if form.is_bound else 200)


def _hold(hold_id: str) -> LegalHold:
    """Return a hold of the person's schools; outside of them it does not exist. Raises Http404."""
    try:
        return LegalHold.objects.get(pk=hold_id)
    except LegalHold.DoesNotExist:
        raise Http404("There is no such hold.") from None


def _note(request: StaffRequest, holds: list[LegalHold], page: str) -> None:
    """Leave in the log whose names somebody saw."""
    students = [(hold.student_id, hold.school_id) for hold in holds if hold.student_id]
    note_shown(by=request.actor, students=students, filters=[], page=page)
