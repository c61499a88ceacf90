"""Asking guardians for consent: first the numbers, then the mails."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.ask import ask_for_consent
from consent.notices.texts import NoticeIncomplete
from consent.queries.asking import whom_to_ask

# More than a page of the list can select; a longer post did not come from our form.
MOST_AT_ONCE = 200
SHORTLY = " Saved; it will appear in the catalog shortly."


@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """Say whom asking would reach; with `confirmed`, ask."""
    back = _back(request)
    chosen = [one for one in request.POST.getlist("student")[:MOST_AT_ONCE] if "\0" not in one]
    schools = _by_school(chosen)
    if not schools:
        messages.info(request, "Choose at least one student first.")
        return redirect(back)
    blanks: tuple[str, ...] = ()
    if "confirmed" in request.POST:
        try:
            return _ask(request, schools, back)
        except NoticeIncomplete as error:
            blanks = error.slots
    students = [student for ids in schools.values() for student in ids]
    context = {"plan": whom_to_ask(students, now()), "students": students, "back": back, "blanks": blanks}
    return render(request, "consent/staff/ask.html", context, status=409 if blanks else 200)


def _by_school(student_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the active students among these that are in scope, by school."""
    found: dict[str, list[str]] = {}
    students = Student.objects.filter(id__in=student_ids, status="active").order_by("school_id", "id")
    for school_id, student_id in students.values_list("school_id", "id"):
        found.setdefault(school_id, []).append(student_id)
    return found


def _ask(request: StaffRequest, schools: Mapping[str, Collection[str]], back: str) -> HttpResponse:
    """Ask, school by school, and say what came of it."""
    moment = now()
    with transaction.atomic():  # one school's incomplete notice keeps the others' mails back too
        outcomes = [
            ask_for_consent(school_id=school_id, student_ids=ids, by=request.actor, now=moment)
            for school_id, ids in schools.items()
        ]
    mails = sum(len(outcome.invitation_ids) for outcome in outcomes)
    children = sum(outcome.children for outcome in outcomes)
    if mails:
        said = ngettext("%(mails)d guardian is asked", "%(mails)d guardians are asked", mails) % {"mails": mails}
        about = ngettext("about %(children)d student.", "about %(children)d students.", children)
        shortly = SHORTLY if gateway.pending() else ""
        messages.success(request, f"{said} {about % {'children': children}}{shortly}")
    else:
        messages.info(request, "Nobody was asked: everyone was asked already or cannot be.")
    return redirect(back)


def _back(request: StaffRequest) -> str:
    """Return the page to go back to: the one the form was on, or the list."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else resolve_url("student-list")
