"""A student's guardians: who they are, what they said, and what the office changes."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import Student
from consent.actions.guardians import UnderOrder, add_guardian, amend_guardian, end_tie
from consent.actions.looking import note_record
from consent.actions.meanwhile import ChangedMeanwhile
from consent.forms.guardians import EndTieForm, GuardianForm
from consent.models import Guardianship
from consent.queries.guardian_record import (
    GuardianRecord,
    consequences_of_end,
    consequences_of_new_address,
    guardian_record,
    tie_with_student,
)

CHANGED = "Somebody else changed this guardian while you were here. Nothing of yours was saved yet."


def guardian_detail(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Show one guardian of one student: contact, answers, requests, court orders."""
    record = the_record(tie_id)
    note_record(by=request.actor, student=record.student)
    return render(request, "consent/staff/guardian.html", {"record": record, "student": record.student})


def guardian_add(request: StaffRequest, student_id: str) -> HttpResponse:
    """Name one more guardian of a student."""
    try:
        student = Student.objects.get(id=student_id)
    except Student.DoesNotExist as error:
        raise Http404("There is no such student.") from error
    form = GuardianForm(request.POST or None, school_id=student.school_id)
    if request.method == "POST" and form.is_valid():
        tie = add_guardian(student=student, contact=form.contact(), by=request.actor, now=now())
        messages.success(request, "Saved as a guardian of this student, as stated by the office.")
        return redirect("guardian-detail", tie_id=tie.id)
    note_record(by=request.actor, student=student)
    return _page(request, "guardian_add", {"student": student, "form": form}, bound=form.is_bound)


def guardian_edit(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Change a guardian's contact; the page says first what a changed address ends."""
    tie, student = the_tie(tie_id)
    form, stale = GuardianForm(request.POST or None, school_id=student.school_id, tie=tie), False
    if request.method == "POST" and form.is_valid():
        try:
            done = amend_guardian(
                tie_id=tie.id, contact=form.contact(), seen=form.cleaned_data["seen"], by=request.actor, now=now()
            )
        except ChangedMeanwhile:
            stale = True
        else:
            messages.success(request, _saved(done.requests_ended) if done.fields else "Nothing was changed.")
            return redirect("guardian-detail", tie_id=tie.id)
    note_record(by=request.actor, student=student)
    context = {
        "tie": tie,
        "student": student,
        "form": _against_the_present(request, tie) if stale else form,
        "stale": stale,
        "numbers": consequences_of_new_address(tie),
    }
    return _page(request, "guardian_edit", context, bound=form.is_bound, stale=stale)


def guardian_end(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Ask before a guardian is taken away from one child, then do it."""
    tie, student = the_tie(tie_id)
    numbers = consequences_of_end(tie)
    form, stale = EndTieForm(request.POST or None, tie=tie, answers=numbers.answers), False
    if request.method == "POST" and form.is_valid():
        try:
            end_tie(
                tie_id=tie.id,
                seen=form.cleaned_data["seen"],
                stop_answers=form.stops(),
                by=request.actor,
                now=now(),
            )
        except UnderOrder:
            messages.error(request, "A court order stands against this person. Lift it first, or leave it as it is.")
            return redirect("guardian-detail", tie_id=tie.id)
        except ChangedMeanwhile:
            stale = True
        else:
            messages.success(request, "This person is no guardian of this student any more.")
            return redirect("student-detail", student_id=student.id)
    note_record(by=request.actor, student=student)
    context = {
        "tie": tie,
        "student": student,
        "form": EndTieForm(tie=tie, answers=numbers.answers) if stale else form,
        "stale": stale,
        "numbers": numbers,
        "back": reverse("guardian-detail", args=[tie.id]),
    }
    return _page(request, "guardian_end", context, bound=form.is_bound, stale=stale)


def the_tie(tie_id: str) -> tuple[Guardianship, Student]:
    """Return a tie in scope with its student. Raises Http404."""
    try:
        return tie_with_student(tie_id)
    except (Guardianship.DoesNotExist, Student.DoesNotExist) as error:
        raise Http404("There is no such guardian.") from error


def the_record(tie_id: str) -> GuardianRecord:
    """Return the record of a tie in scope. Raises Http404."""
    try:
        return guardian_record(tie_id, now())
    except (Guardianship.DoesNotExist, Student.DoesNotExist) as error:
        raise Http404("There is no such guardian.") from error


def _against_the_present(request: StaffRequest, tie: Guardianship) -> GuardianForm:
    """Return the form with what was typed, ready to be saved over what stands now."""
    present = GuardianForm(school_id=tie.guardian.school_id, tie=tie).initial["seen"]
    return GuardianForm(request.POST.dict() | {"seen": present}, school_id=tie.guardian.school_id, tie=tie)


def _saved(requests_ended: int) -> str:
    ended = ngettext("%(n)d open link ended.", "%(n)d open links ended.", requests_ended) % {"n": requests_ended}
    return f"Saved. {ended}" if requests_ended else "Saved."


def _page(
    request: StaffRequest, name: str, context: dict[str, object], *, bound: bool, stale: bool = False
) -> HttpResponse:
    """Render a form's page: 409 where another change came first, 422 where something must be corrected."""
    status = 409 if stale else 422 if bound else 200
    return render(request, f"consent/staff/{name}.html", {"changed": CHANGED, **context}, status=status)
