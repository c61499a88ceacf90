"""Classroom sessions: which may be recorded, and who stands in the way."""

from __future__ import annotations

from datetime import UTC

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import ClassroomSession
from consent.actions.looking import note_session, note_sessions
from consent.forms.sessions import SessionFilters
from consent.queries.gate import Wanted, session_gate, session_page
from consent.views.students import NO_PAGE

LIST = "session-list"


def session_list(request: StaffRequest) -> HttpResponse:
    """Show recent and coming sessions, newest first, with how many of their groups may be recorded."""
    cursor, form = request.GET.get("cursor", ""), SessionFilters(request.GET)
    zone = time_zone(request.school or request.school_choices[0][0]) if request.school_choices else UTC
    school = request.school or ""
    wanted = form.wanted(school=school, zone=zone) if form.is_valid() else Wanted(school=school)
    try:
        part = session_page(wanted, cursor=cursor, now=now())
    except BadCursor:
        part = None
    if part is None or (cursor and part.is_past_the_end):
        messages.info(request, NO_PAGE)
        return redirect(LIST)
    form.offer_teachers(part.teachers)
    note_sessions(by=request.actor, sessions=part.rows)
    schools = dict(request.school_choices)
    context = {
        "rows": part.rows,
        "form": form,
        "filtered": wanted != Wanted(school=wanted.school),
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
        "may_open": request.access.may(Permission.OPEN_HELD),
        "may_ask": request.access.may(Permission.ASK_CONSENT),
        "here": request.path,
    }
    return render(request, "consent/staff/session.html", context)
