"""The record of disclosures: the list, an entry by hand, its correction, and a table of entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit.actions import note_choice, note_disclosures
from audit.disclosing.actions import correct_disclosure, record_disclosures
from audit.disclosing.forms import DisclosureForm, EntryForm, TableForm, as_entered
from audit.disclosing.table import COLUMNS, MOST_ROWS, MUST, read
from audit.models import Making
from audit.queries.disclosures import disclosure_page, entry, latest_of
from audit.queries.names import names_of
from audit.rules.disclosures import Disclosure
from audit.views.asked import schools_in_reach
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.schools.queries import time_zone

LIST = "disclosure-list"
MOST_SHOWN = 50


def disclosure_list(request: StaffRequest) -> HttpResponse:
    """Show what was asked for and disclosed of the students of the person's schools, newest first."""
    try:
        part, lines = disclosure_page(request.school or "", request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone: this is its beginning.")
        return redirect(LIST)
    students = {student for line, _ in lines for student in line.students}
    names = names_of(actors=(), students=students, schools={line.school_id for line, _ in lines})
    note_disclosures(
        by=request.actor,
        asked=schools_in_reach(request),
        shown=[(line.school_id, line.students) for line, _ in lines],
    )
    context = {
        "lines": [(line, [names.students.get(one, one) for one in line.students], old) for line, old in lines],
        "schools": names.schools,
        "several_schools": len(request.school_choices) > 1 and request.school is None,
        "may_record": request.access.may(Permission.MANAGE_CONSENT),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "audit/disclosures.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_new(request: StaffRequest) -> HttpResponse:
    """Record one disclosure."""
    posted = request.POST if request.method == "POST" else None
    form = DisclosureForm(posted, initial={"student": request.GET.get("student", "")})
    if posted is not None and form.is_valid() and form.pupil is not None:
        pupil = form.pupil
        if form.judge(today=_today(pupil.school_id), student=pupil.name):
            entries = [(pupil.id, form.entry())]
            record_disclosures(school_id=pupil.school_id, entries=entries, by=request.actor, now=now())
            messages.success(request, "The disclosure is recorded. What is wrong in it is set right by a correction.")
            return redirect(LIST)
    if form.shows_names:
        note_choice(by=request.actor, students=[(one.id, one.school_id) for one in form.pupils])
    return render(request, "audit/disclosure_new.html", {"form": form}, status=200 if posted is None else 422)


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_correct(request: StaffRequest, disclosure_id: str) -> HttpResponse:
    """Record what is right instead of an entry. Another school's does not exist."""
    disclosure = entry(disclosure_id)
    if disclosure is None:
        raise Http404("There is no such entry.")
    latest = latest_of(disclosure.number)
    if latest is not None and latest.event_id != disclosure.event_id:
        messages.info(request, "This entry is corrected already: correct the later one.")
        return redirect(LIST)
    names = names_of(actors=(), students=disclosure.students, schools=()).students
    note_disclosures(by=request.actor, asked=(), shown=[(disclosure.school_id, disclosure.students)])
    posted = request.POST if request.method == "POST" else None
    day = timezone.localtime(disclosure.on, time_zone(disclosure.school_id)).date()
    form = EntryForm(posted, initial=as_entered(disclosure, day))
    if posted is not None and _judged(form, disclosure, names):
        taken = correct_disclosure(disclosure=disclosure, entry=form.entry(), by=request.actor, now=now())
        messages.success(request, "The correction is recorded, and counts from now on. The first entry stays.")
        if taken:
            messages.warning(request, _taken_back(taken))
        return redirect(LIST)
    context = {"form": form, "disclosure": disclosure, "names": [names.get(one, one) for one in disclosure.students]}
    return render(request, "audit/disclosure_correct.html", context, status=200 if posted is None else 422)


@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_import(request: StaffRequest) -> HttpResponse:
    """Take a table: show its faults by line, or what would be recorded; record it on the second post."""
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    posted = request.method == "POST"
    form = TableForm(request.POST, request.FILES, schools=schools) if posted else TableForm(schools=schools)
    context: dict[str, Any] = {"form": form, "columns": COLUMNS, "must": MUST, "most": MOST_ROWS, "table": None}
    if not posted or not form.is_valid():
        return render(request, "audit/disclosure_import.html", context, status=422 if posted else 200)
    school_id = form.cleaned_data["school"]
    table = read(form.cleaned_data["content"], school_id=school_id, today=_today(school_id))
    if not table.faults and request.POST.get("step") == "record":
        entries = [(student, said) for student, _, said in table.entries]
        record_disclosures(school_id=school_id, entries=entries, by=request.actor, now=now())
        messages.success(request, f"{len(entries):,} disclosures are recorded.")
        return redirect(LIST)
    note_choice(by=request.actor, students=[(student, school_id) for student, _, _ in table.entries])
    context |= {
        "table": table,
        "shown": table.entries[:MOST_SHOWN],
        "school": dict(schools)[school_id],
        "school_id": school_id,
        "text": "" if table.faults else form.cleaned_data["content"].decode("utf-8-sig"),
    }
    return render(request, "audit/disclosure_import.html", context, status=422 if table.faults else 200)


def _taken_back(copies: Sequence[Making]) -> str:
    """Return in words how many copies for families told of what is sealed now, and what may be in their hands."""
    left = sum(any(file.downloads for file in copy.files.all()) for copy in copies)
    words = (
        f"{len(copies):,} cop{'y' if len(copies) == 1 else 'ies'} for the family told of it and can no longer be had."
    )
    return f"{words} {left:,} of them had been downloaded before." if left else words


def _judged(form: EntryForm, disclosure: Disclosure, names: dict[str, str]) -> bool:
    student = names.get(disclosure.students[0], "") if disclosure.students else ""
    return form.judge(today=_today(disclosure.school_id), student=student)


def _today(school_id: str) -> date:
    return timezone.localtime(now(), time_zone(school_id)).date()
