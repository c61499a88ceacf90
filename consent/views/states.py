"""Who may be recorded: all that a teacher sees of students."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.searching import remembered_name, search_is_over, to_list
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from consent.actions.looking import note_list
from consent.forms.filters import NameAndGrade
from consent.queries.students import student_page
from consent.views.students import NO_PAGE, OVER

LIST = "consent-states"
TEMPLATE = "consent/staff/states.html"
# A teacher prints a grade on one or two sheets.
PAGE_SIZE = 200


def consent_states(request: StaffRequest) -> HttpResponse:
    """Show which students may be recorded and analysed, yes or no, and nothing else of them."""
    form = NameAndGrade({**request.GET.dict(), "name": remembered_name(request)}, auto_id="filter_%s")
    if not form.is_valid():
        return render(request, TEMPLATE, {"form": form, "invalid": True})
    if search_is_over(request):
        messages.info(request, OVER)
    filters, cursor, moment = form.filters(), request.GET.get("cursor", ""), now()
    try:
        part = student_page(filters, cursor=cursor, now=moment, size=PAGE_SIZE)
    except BadCursor:
        part = None
    if part is None or (cursor and part.is_past_the_end):
        messages.info(request, NO_PAGE)
        return to_list(request, LIST, filters)
    note_list(by=request.actor, students=[row.student for row in part.rows], filters=filters.used, page=LIST)
    context = {
        "form": form,
        "invalid": False,
        "rows": part.rows,
        "filtered": bool(filters.used),
        "moment": moment,
        "recordable": sum(row.glance.may_record for row in part.rows),
        "schools": dict(request.school_choices),
        "school_id": _sole_school(request),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, TEMPLATE, context)


@require_POST
def consent_states_search(request: StaffRequest) -> HttpResponse:
    """Take the filters and lead to the list that they name."""
    form = NameAndGrade(request.POST, auto_id="filter_%s")
    if not form.is_valid():
        return render(request, TEMPLATE, {"form": form, "invalid": True}, status=422)
    return to_list(request, LIST, form.filters())


def _sole_school(request: StaffRequest) -> str:
    schools = request.access.scope.schools or ()
    return schools[0] if len(schools) == 1 else ""
