"""What is held of a student: how much of each kind, and until when."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.warehouse.models import Student
from retention.actions.opening import note_held
from retention.queries.held import Pupil, pupil_of, what_is_held

PAGE = "student-held"


@require_safe
def student_held(request: StaffRequest, student_id: str) -> HttpResponse:
    """Show what each table holds of a student, by kind of data: three warehouse queries."""
    pupil = find_pupil(student_id)
    held = what_is_held(pupil)
    note_held(by=request.actor, pupil=pupil, rows=held.rows)
    context = {
        "pupil": pupil,
        "held": held,
        "school_name": dict(request.school_choices).get(pupil.school_id, ""),
        "may_open": request.access.may(Permission.OPEN_HELD),
    }
    return render(request, "retention/held/student.html", context)


def find_pupil(student_id: str) -> Pupil:
    """Return a student of the person's schools; outside of them there is none. Raises Http404."""
    try:
        return pupil_of(student_id)
    except Student.DoesNotExist:
        raise Http404("There is no such student.") from None
