"""One student's record."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import Student
from consent.actions.looking import note_record
from consent.queries.student_record import student_record


def student_detail(request: StaffRequest, student_id: str) -> HttpResponse:
    """Show a student's age, consents, guardians and requests. Outside the person's schools it does not exist."""
    try:
        record = student_record(student_id, now())
    except Student.DoesNotExist as error:
        raise Http404("There is no such student.") from error
    note_record(by=request.actor, student=record.student)
    schools = dict(request.school_choices)
    context = {
        "record": record,
        "student": record.student,
        "school_name": schools.get(record.student.school_id, ""),
        "may_ask": request.access.may(Permission.ASK_CONSENT) and record.student.status == "active",
        "may_manage": request.access.may(Permission.MANAGE_CONSENT),
        "may_see_log": request.access.may(Permission.SEE_AUDIT),
        "may_download": request.access.may(Permission.DOWNLOAD_REPORTS),
        "may_note_request": request.access.may(Permission.ANSWER_REQUESTS),
        "may_hold": request.access.may(Permission.MANAGE_HOLDS),
        "here": request.get_full_path(),
    }
    return render(request, "consent/staff/student.html", context)
