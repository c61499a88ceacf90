"""Classroom sessions: which may be recorded, and who stands in the way."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.warehouse.models import ClassroomSession
from consent.actions.looking import note_session, note_sessions
from consent.queries.gate import session_gate, session_page
from consent.views.searching import neighbours
from consent.views.students import NO_PAGE

LIST = "session-list"


def session_list(request: StaffRequest) -> HttpResponse:
    """Show recent and coming sessions, newest first, with how many of their groups may be recorded."""
    cursor = request.GET.get("cursor", "")
    try:
        part = session_page(school=request.school or "", cursor=cursor, now=now())
    except BadCursor:
        part = None
    if part is None or (cursor and part.is_past_the_end):
        messages.info(request, NO_PAGE)
        return redirect(LIST)
    note_sessions(by=request.actor, sessions=part.rows)
    schools = dict(request.school_choices)
    context = {
        "rows": part.rows,
        "schools": schools if len(schools) > 1 and request.school is None else {},
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "consent/staff/sessions.html", context)


def recording_gate(request: StaffRequest, session_id: str) -> HttpResponse:
    """Show which groups of a session may be recorded. The office sees why not; a teacher sees yes or no.

    Outside the person's schools the session does not exist.
    """
    try:
        judged = session_gate(session_id, now())
    except ClassroomSession.DoesNotExist as error:
        raise Http404("There is no such session.") from error
    note_session(by=request.actor, judged=judged, page="recording-gate")
    context = {
        "judged": judged,
        "session": judged.session,
        "school_name": dict(request.school_choices).get(judged.session.school_id, ""),
        "may_see_why": request.access.may(Permission.SEE_STUDENTS),
    }
    return render(request, "consent/staff/session.html", context)
