"""The register of ages and one student's age record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.searching import remembered_name, search_is_over, to_list
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.lib.safe_csv import csv_lines
from classwaves_admin.tenancy.counted import ANEW, counted
from classwaves_admin.warehouse.models import Student
from consent.actions.ages import amend_age
from consent.actions.looking import note_list, note_record, note_taken
from consent.actions.meanwhile import ChangedMeanwhile
from consent.actions.nightly import KIND
from consent.age_table import HEADER, as_cells
from consent.forms.ages import AgeForm, RegisterFilters
from consent.queries.age_numbers import age_numbers
from consent.queries.age_record import AgeRecord, about_with, age_record, history_of
from consent.queries.ages import AgePage, age_page, whole_register
from consent.rules.age_changes import consequences
from consent.rules.ages import year_everywhere
from consent.views.students import NO_PAGE, OVER

LIST = "age-list"
TEMPLATE = "consent/staff/ages.html"
STALE = (
    "Somebody else has changed this record since you opened it. What you typed is below, and the next page says what "
    "it changes in the record as it is now."
)


def age_list(request: StaffRequest) -> HttpResponse:
    """Show one page of the register: three warehouse queries."""
    form = _filters(request, {**request.GET.dict(), "name": remembered_name(request)})
    if not form.is_valid():
        return render(request, TEMPLATE, {"form": form, "invalid": True})
    if search_is_over(request):
        messages.info(request, OVER)
    filters, cursor, moment = form.narrowing(), request.GET.get("cursor", ""), now()
    try:
        part = age_page(filters, cursor=cursor, now=moment)
    except BadCursor:
        part = None
    if part is None or (cursor and part.is_past_the_end):
        messages.info(request, NO_PAGE)
        return to_list(request, LIST, filters)
    note_list(by=request.actor, students=[row.student for row in part.rows], filters=filters.used, page=LIST)
    return render(request, TEMPLATE, _context(request, form, part) | {"filters": filters, "moment": moment})


@require_POST
def age_search(request: StaffRequest) -> HttpResponse:
    """Take the filters and lead to the part of the register that they name."""
    form = _filters(request, request.POST)
    if not form.is_valid():
        return render(request, TEMPLATE, {"form": form, "invalid": True}, status=422)
    return to_list(request, LIST, form.narrowing())


@require_POST
def age_csv(request: StaffRequest) -> HttpResponse:
    """Give the whole list that the filters name as a file. It is in the log before the first byte leaves."""
    form = _filters(request, request.POST)
    if not form.is_valid():
        return render(request, TEMPLATE, {"form": form, "invalid": True}, status=422)
    filters, moment = form.narrowing(), now()
    rows = list(whole_register(filters, moment))
    taken = [(row.student.id, row.student.school_id) for row in rows]
    note_taken(by=request.actor, students=taken, filters=filters.used, page=LIST)
    lines = csv_lines(HEADER, (as_cells(row, dict(request.school_choices)) for row in rows))
    headers = {
        "Content-Disposition": f'attachment; filename="ages-{moment:%Y-%m-%d}.csv"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse("".join(lines), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
def age_counts(request: StaffRequest) -> HttpResponse:
    """Show the numbers of the register: two warehouse queries over all students, so on a page of its own."""
    moment = now()
    known = counted("ages", lambda: age_numbers(moment), now=moment, anew=ANEW in request.GET)
    context = {"known": known, "numbers": known.value, "year": year_everywhere(moment)}
    return render(request, "consent/staff/age_counts.html", context)


@require_safe
def age_detail(request: StaffRequest, student_id: str) -> HttpResponse:
    """Show one student's age record with its history: three warehouse queries."""
    record, moment = _found(student_id), now()
    note_record(by=request.actor, student=record.student)
    context = {
        "moment": moment,
        "record": record,
        "student": record.student,
        "school_name": dict(request.school_choices).get(record.student.school_id, ""),
        "history": history_of(record),
        "may_see_log": request.access.may(Permission.SEE_AUDIT),
    }
    return render(request, "consent/staff/age.html", context)


def age_edit(request: StaffRequest, student_id: str) -> HttpResponse:
    """Change one student's age record: the form, then what follows from it in words, then the change."""
    moment = now()
    record = _found(student_id)
    note_record(by=request.actor, student=record.student)
    if request.method != "POST":
        return _edit(request, record, AgeForm(record=record, now=moment))
    form = AgeForm(request.POST, record=record, now=moment)
    if not form.is_valid():
        return _edit(request, record, form, status=422)
    if "change" in request.POST:
        return _edit(request, record, form)
    if form.cleaned_data["seen"] != record.seen:
        return _stale(request, record, moment)
    follows = _consequences(record, form, moment)
    if follows and "confirmed" not in request.POST:
        return render(request, "consent/staff/age_check.html", _edit_context(record, form) | {"follows": follows})
    return _save(request, record, form, moment)


def _save(request: StaffRequest, record: AgeRecord, form: AgeForm, moment: datetime) -> HttpResponse:
    values, seen = form.values(), form.cleaned_data["seen"]
    try:
        changed = amend_age(student=record.student, values=values, seen=seen, by=request.actor, now=moment)
    except ChangedMeanwhile:
        return _stale(request, _found(record.student.id), moment)
    if changed:
        messages.success(request, "The age record is changed.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("age-detail", record.student.id)


def _stale(request: StaffRequest, record: AgeRecord, moment: datetime) -> HttpResponse:
    """Show what was typed again, over the record as somebody else has made it."""
    typed = AgeForm(request.POST.dict() | {"seen": record.seen}, record=record, now=moment)
    return _edit(request, record, typed, status=409, stale=STALE)


def _consequences(record: AgeRecord, form: AgeForm, moment: datetime) -> list[str]:
    values = form.values()
    about = about_with(values, record.student.school_id, moment)
    return consequences(record.values, values, record.of.about, about, record.around(moment))


def _found(student_id: str) -> AgeRecord:
    try:
        return age_record(student_id, now())
    except Student.DoesNotExist as error:
        raise Http404("There is no such student.") from error


def _edit(
    request: StaffRequest, record: AgeRecord, form: AgeForm, *, status: int = 200, stale: str = ""
) -> HttpResponse:
    context = _edit_context(record, form) | {"stale": stale}
    return render(request, "consent/staff/age_edit.html", context, status=status)


def _edit_context(record: AgeRecord, form: AgeForm) -> dict[str, Any]:
    return {"record": record, "student": record.student, "form": form}


def _filters(request: StaffRequest, data: Any) -> RegisterFilters:
    return RegisterFilters(data, schools=request.school_choices if request.school is None else ())


def _context(request: StaffRequest, form: RegisterFilters, part: AgePage) -> dict[str, Any]:
    schools = dict(request.school_choices)
    only = next(iter(schools)) if len(schools) == 1 else request.school
    return {
        "form": form,
        "invalid": False,
        "rows": part.rows,
        "schools": schools,
        "several_schools": len(schools) > 1 and request.school is None,
        "school_id": only,
        "checked": job_of(KIND, only) if only else None,
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
