"""The office's list of students."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.searching import remembered_name, search_is_over, to_list
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from consent.actions.looking import note_list
from consent.forms.filters import StudentFilters
from consent.queries.contacts import asked_guardians
from consent.queries.students import StudentPage, student_page

LIST = "student-list"
# What the list's address holds of the filters; `search` stands for a name.
FILTERS = ("grade", "standing", "notice", "school", "search")
NO_PAGE = "That page of the list is gone. This is the first one."
OVER = "The search by name has ended. Type the name again."


def student_list(request: StaffRequest) -> HttpResponse:
    """Show one page of the students who fit the filters."""
    form = filters_form(request, {**request.GET.dict(), "name": remembered_name(request)})
    if not form.is_valid():
        return render(request, "consent/staff/students.html", {"form": form, "invalid": True})
    if search_is_over(request):
        messages.info(request, OVER)
    filters, cursor = form.filters(), request.GET.get("cursor", "")
    try:
        part = student_page(filters, cursor=cursor, now=now())
    except BadCursor:
        part = None
    if part is None or (cursor and part.is_past_the_end):
        messages.info(request, NO_PAGE)
        return to_list(request, LIST, filters)
    note_list(by=request.actor, students=[row.student for row in part.rows], filters=filters.used, page="students")
    return render(request, "consent/staff/students.html", _context(request, form, part) | {"filters": filters})


@require_POST
def student_search(request: StaffRequest) -> HttpResponse:
    """Take the filters and lead to the list that they name."""
    form = filters_form(request, request.POST)
    if not form.is_valid():
        return render(request, "consent/staff/students.html", {"form": form, "invalid": True}, status=422)
    return to_list(request, LIST, form.filters())


def filters_form(request: StaffRequest, data: Any) -> StudentFilters:
    """Return the filters with the schools that this person may choose from."""
    return StudentFilters(data, schools=request.school_choices if request.school is None else ())


def _context(request: StaffRequest, form: StudentFilters, part: StudentPage) -> dict[str, Any]:
    schools = dict(request.school_choices)
    guardians = asked_guardians([row.student.id for row in part.rows])
    lines = [
        {
            "student": row.student,
            "glance": row.glance,
            "school": schools.get(row.student.school_id, ""),
            "guardians": guardians[row.student.id],
        }
        for row in part.rows
    ]
    return {
        "form": form,
        "invalid": False,
        "lines": lines,
        "several_schools": len(schools) > 1 and request.school is None,
        "may_ask": request.access.may(Permission.ASK_CONSENT),
        "may_authorize": request.access.may(Permission.MANAGE_CONSENT),
        "here": request.get_full_path(),
        "filter_inputs": [(name, value) for name, value in request.GET.items() if name in FILTERS and value],
        "fitting_query": urlencode([(name, value) for name, value in request.GET.items() if name in FILTERS and value]),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
