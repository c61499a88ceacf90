"""The copy of what is held of a student, for a request to see it: have it made, and say that it was handed over."""

from __future__ import annotations

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from audit.making.actions import ask
from audit.making.queries import makings_for
from audit.student_copy.kind import REQUEST, STUDENT_COPY
from audit.views.made import DETAIL
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from retention.actions.requests import Closed, close_request
from retention.models import RightsRequest
from retention.queries.subjects import student_names
from retention.views.requests import find_request, note_requests
from retention.vocabulary import ACCESS, RequestOutcome

PAGE = "request-copy"
HANDED_OVER = "The copy of what is held was handed over."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_copy(request: StaffRequest, request_id: str) -> HttpResponse:
    """Show the copies that a person had made for a request, and have one made: one warehouse query for the name."""
    asked = _find(request_id)
    if request.method == "POST":
        answer: HttpResponse = _make(request, asked)
        return answer
    note_requests(request, [asked], PAGE)
    context = {
        "asked": asked,
        "student": student_names([asked.student_id]).get(asked.student_id, ""),
        "copies": makings_for(STUDENT_COPY, REQUEST, asked.pk, str(request.user.pk)),
        "moment": now(),
    }
    return render(request, "audit/copy/request.html", context)


@require_POST
def request_copy_handed(request: StaffRequest, request_id: str) -> HttpResponse:
    """Close the request as fulfilled, once a copy was taken from here to be handed over."""
    asked = _find(request_id)
    copies = makings_for(STUDENT_COPY, REQUEST, asked.pk, str(request.user.pk))
    if not any(copy.taken for copy in copies):
        messages.info(request, "Download the copy first: it cannot have been handed over yet.")
        return redirect(PAGE, request_id)
    try:
        close_request(request=asked, outcome=RequestOutcome.FULFILLED, answer=HANDED_OVER, by=request.actor, now=now())
        messages.success(request, "The request is closed as fulfilled.")
    except Closed:
        messages.info(request, "This request was closed already.")
    return redirect("request-detail", request_id)


@reauthentication_required
def _make(request: StaffRequest, asked: RightsRequest) -> HttpResponse:
    role = request.access.role
    making = ask(
        kind=STUDENT_COPY,
        school_id=asked.school_id,
        scope=request.access.scope,
        parameters={REQUEST: asked.pk},
        user=cast(User, request.user),
        role=role.label if role else "",
        by=request.actor,
        now=now(),
        students=[asked.student_id],
    )
    return redirect(DETAIL, making.pk)


def _find(request_id: str) -> RightsRequest:
    asked = find_request(request_id)
    if asked.kind not in ACCESS:
        raise Http404("Nobody asked to see anything.")
    return asked
