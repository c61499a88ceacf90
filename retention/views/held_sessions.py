"""What is held of a classroom session: numbers, and the way to each student's own part."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.warehouse.models import ClassroomSession
from consent.actions.looking import note_shown
from retention.queries.held_sessions import session_held

PAGE = "session-held"


@require_safe
def held_of_session(request: StaffRequest, session_id: str) -> HttpResponse:
    """Show how much is held of a session and who took part: three warehouse queries. No words of anybody."""
    try:
        held = session_held(session_id)
    except ClassroomSession.DoesNotExist:
        raise Http404("There is no such session.") from None
    students = [(one.student_id, held.session.school_id) for one in held.students]
    note_shown(by=request.actor, students=students, filters=[], page=PAGE)
    context = {"held": held, "school_name": dict(request.school_choices).get(held.session.school_id, "")}
    return render(request, "retention/held/session.html", context)
