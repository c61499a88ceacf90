"""The office takes back consents for a guardian who called, wrote or came by."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.values import value
from consent.actions.looking import note_record
from consent.actions.take_back import take_back
from consent.forms.withdraw import WithdrawForGuardianForm
from consent.queries.guardian_record import standing_types
from consent.views.guardians import the_tie

UNDER_ORDER = "A court order stands against this person: their answers count for nothing already."


def guardian_withdraw(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Take back what a guardian asked the office to take back, with where the proof of it lies."""
    tie, student = the_tie(tie_id)
    if tie.restricted or tie.guardian.restricted_at:
        messages.info(request, UNDER_ORDER)
        return redirect("guardian-detail", tie_id=tie.id)
    moment = now()
    form = WithdrawForGuardianForm(standing_types(tie, moment), request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = take_back(
            guardian=tie.guardian,
            chosen={student.id: form.types()},
            delete_data=form.delete_data,
            way=form.way(),
            reference=form.cleaned_data["reference"],
            by=request.actor,
            now=moment,
        )
        messages.success(request, "Taken back. It has ended." if done else "Nothing was left to take back.")
        return redirect("guardian-detail", tie_id=tie.id)
    note_record(by=request.actor, student=student)
    days = value(tie.school_id, "consent.deletion_days").value
    context = {"tie": tie, "student": student, "form": form, "days": days}
    status = 422 if form.is_bound else 200
    return render(request, "consent/staff/guardian_withdraw.html", context, status=status)
