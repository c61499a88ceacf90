"""Requests about a student's data: the register, noting one, closing one."""

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
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import Student
from consent.actions.looking import note_record, note_shown
from consent.queries.circumstances import circumstances_of
from retention.actions.requests import Closed, UnderWay, close_request, open_request
from retention.forms.requests import CloseForm, RequestForm
from retention.models import RightsRequest
from retention.queries.requests import guardians_who_may_ask, lines_of, request_page, soon_after
from retention.queries.subjects import student_names
from retention.vocabulary import ACCESS, RequestKind, RequestOutcome

LIST, DETAIL = "request-list", "request-detail"
CLOSED, SOON = "closed", "soon"
ANSWERED = "This request was closed already."
BEGUN = "The deletion has begun, so the request cannot be refused any more."


@require_safe
def request_list(request: StaffRequest) -> HttpResponse:
    """Show the open requests by their last day, or the closed ones: two warehouse queries."""
    state = request.GET.get("state")
    closed, soon = state == CLOSED, state == SOON
    try:
        part = request_page(
            school=request.school or "",
            closed=closed,
            cursor=request.GET.get("cursor", ""),
            due_before=soon_after(now()) if soon else None,
        )
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    note_requests(request, part.rows, LIST)
    context = {
        "lines": lines_of(part.rows, now()),
        "closed": closed,
        "soon": soon,
        "students": student_names(one.student_id for one in part.rows),
        "schools": dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {},
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "retention/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: StaffRequest, student_id: str) -> HttpResponse:
    """Note a request about one student: three warehouse queries."""
    try:
        student = Student.objects.get(pk=student_id)
    except Student.DoesNotExist:
        raise Http404("There is no such student.") from None
    moment = now()
    adult = circumstances_of({student.pk: student.school_id}, moment)[student.pk].adult
    form = RequestForm(
        request.POST if request.method == "POST" else None,
        guardians=guardians_who_may_ask(student.pk, adult=adult),
        adult=adult,
        now=moment,
        zone=time_zone(student.school_id),
    )
    if request.method == "POST" and form.is_valid():
        asked_by, guardian = form.asked_by()
        made = open_request(
            student=student,
            kind=RequestKind(form.cleaned_data["kind"]),
            asked_by=asked_by,
            guardian=guardian,
            words=form.cleaned_data["words"].strip(),
            received=form.cleaned_data["received"],
            by=request.actor,
            now=moment,
        )
        messages.success(request, "Noted. The day by which it is answered is below.")
        return redirect(DETAIL, made.id)
    note_record(by=request.actor, student=student)
    context = {"form": form, "student": student, "adult": adult}
    return render(request, "retention/request_new.html", context, status=422 if form.is_bound else 200)


@require_safe
def request_detail(request: StaffRequest, request_id: str) -> HttpResponse:
    """Show a request, and what can be done about it: three warehouse queries for names and time zone."""
    asked = find_request(request_id)
    return _page(request, asked, CloseForm(outcomes=_outcomes(asked)))


@require_POST
def request_close(request: StaffRequest, request_id: str) -> HttpResponse:
    """Close a request with what came of it."""
    asked = find_request(request_id)
    form = CloseForm(request.POST, outcomes=_outcomes(asked))
    if not form.is_valid():
        return _page(request, asked, form)
    outcome, answer = RequestOutcome(form.cleaned_data["outcome"]), form.cleaned_data["answer"].strip()
    try:
        close_request(request=asked, outcome=outcome, answer=answer, by=request.actor, now=now())
        messages.success(request, "The request is closed.")
    except Closed:
        messages.info(request, ANSWERED)
    except UnderWay:
        messages.info(request, BEGUN)
    return redirect(DETAIL, request_id)


def _outcomes(asked: RightsRequest) -> list[RequestOutcome]:
    """Return how a request can end by hand: that data were deleted is said by the deletion alone, when it is proved."""
    return [RequestOutcome.REFUSED] if asked.kind == RequestKind.DELETE else list(RequestOutcome)


def _page(request: StaffRequest, asked: RightsRequest, form: CloseForm) -> HttpResponse:
    note_requests(request, [asked], DETAIL)
    context = {
        "asked": asked,
        "line": lines_of([asked], now())[0],
        "student": student_names([asked.student_id]).get(asked.student_id, ""),
        "people": staff_names([asked.entered_by, asked.closed_by]),
        "school_name": dict(request.school_choices).get(asked.school_id, ""),
        "may_delete": asked.kind == RequestKind.DELETE and asked.outcome != RequestOutcome.REFUSED,
        "keeps_rows": asked.is_open and asked.kind in ACCESS,
        "may_copy": asked.kind in ACCESS and request.access.may(Permission.OPEN_HELD),
        "may_change": request.access.may(Permission.ANSWER_REQUESTS),
        "close_title": "Refuse it" if asked.kind == RequestKind.DELETE else "Close the request",
        "form": form,
    }
    return render(request, "retention/request.html", context, status=422 if form.is_bound else 200)


def find_request(request_id: str) -> RightsRequest:
    """Return a request of the person's schools; outside of them it does not exist. Raises Http404."""
    try:
        return RightsRequest.objects.select_related("guardian").get(pk=request_id)
    except RightsRequest.DoesNotExist:
        raise Http404("There is no such request.") from None


def note_requests(request: StaffRequest, asked: list[RightsRequest], page: str) -> None:
    """Leave in the log whose names somebody saw."""
    students = [(one.student_id, one.school_id) for one in asked]
    note_shown(by=request.actor, students=students, filters=[], page=page)
