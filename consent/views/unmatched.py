"""Answers whose signer matches no guardian: the queue, and one of them settled."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.counted import ANEW, counted
from classwaves_admin.warehouse.models import ParentalConsent, Student
from consent.actions.looking import note_list, note_record
from consent.actions.unmatched import MatchedAlready, add_signer, match_signer, set_aside
from consent.forms.unmatched import AsideForm, Choice, MatchForm, NewSignerForm
from consent.queries.contacts import guardians_of
from consent.queries.unmatched import MOST_SHOWN, Unmatched, unmatched_of, waiting_of, waiting_signers
from consent.rules.settling import Reason

SETTLED = "This answer has been settled: its signer is known, or it has ended."


def unmatched_list(request: StaffRequest) -> HttpResponse:
    """Show the signers whom nobody knows, the longest waiting first: three warehouse queries."""
    moment = now()
    known = counted("unmatched", lambda: waiting_signers(moment), now=moment, anew=ANEW in request.GET)
    found = waiting_of(known.value, moment)
    note_list(by=request.actor, students=[one.student for one in found if one.student], filters=[], page="unmatched")
    schools = dict(request.school_choices)
    context = {
        "known": known,
        "found": found,
        "capped": len(known.value) >= MOST_SHOWN,
        "most": MOST_SHOWN,
        "schools": schools,
        "several_schools": len(schools) > 1 and request.school is None,
    }
    return render(request, "consent/staff/unmatched_list.html", context)


def unmatched_settle(request: StaffRequest, consent_id: str) -> HttpResponse:
    """Name the guardian who signed, add them, or set the answers aside."""
    try:
        waiting = unmatched_of(consent_id, now())
    except ParentalConsent.DoesNotExist as error:
        raise Http404("There is no such answer.") from error
    if waiting is None or waiting.student is None:
        messages.info(request, SETTLED)
        return redirect("unmatched-list")
    chosen = request.POST.get("choice", "")
    forms = _forms(request, waiting, chosen)
    if chosen in forms and forms[chosen].is_valid():
        try:
            messages.success(request, _settle(request, waiting, waiting.student, chosen, forms[chosen]))
        except MatchedAlready:
            messages.info(request, SETTLED)
        return redirect("unmatched-list")
    note_record(by=request.actor, student=waiting.student)
    context = {
        "waiting": waiting,
        "student": waiting.student,
        "match_form": forms[Choice.MATCH],
        "add_form": forms[Choice.ADD],
        "aside_form": forms[Choice.ASIDE],
    }
    return render(request, "consent/staff/unmatched.html", context, status=422 if chosen in forms else 200)


def _forms(request: StaffRequest, waiting: Unmatched, chosen: str) -> dict[str, MatchForm | NewSignerForm | AsideForm]:
    """Return the three forms; what was posted belongs to the chosen one."""
    signer = waiting.signer
    stated = {"name": signer.name, "email": signer.address, "relationship": waiting.rows[0].relationship}
    ties = guardians_of(signer.student_id)
    data = {one: request.POST if chosen == one else None for one in Choice}
    school_id = waiting.student.school_id if waiting.student else ""
    return {
        Choice.MATCH: MatchForm(data[Choice.MATCH], ties=ties, prefix=Choice.MATCH),
        Choice.ADD: NewSignerForm(data[Choice.ADD], school_id=school_id, initial=stated, prefix=Choice.ADD),
        Choice.ASIDE: AsideForm(data[Choice.ASIDE], prefix=Choice.ASIDE),
    }


def _settle(
    request: StaffRequest,
    waiting: Unmatched,
    student: Student,
    chosen: str,
    form: MatchForm | NewSignerForm | AsideForm,
) -> str:
    """Do what the form says and return the words for it. Raises MatchedAlready."""
    by, moment = request.actor, now()
    if isinstance(form, AsideForm):
        said = form.cleaned_data
        count = set_aside(
            row_id=waiting.row_id, reason=Reason(said["reason"]), reference=said["reference"], by=by, now=moment
        )
        return f"Set aside: {count} answers have ended. The history keeps them."
    if isinstance(form, NewSignerForm):
        count = add_signer(row_id=waiting.row_id, student=student, contact=form.contact(), by=by, now=moment)
    else:
        count = match_signer(row_id=waiting.row_id, tie_id=form.cleaned_data["tie"], by=by, now=moment)
    return f"The signer is known: {count} answers are this guardian’s now."
