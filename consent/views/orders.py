"""Court orders against a guardian."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.queries import time_zone
from consent.actions.looking import note_record
from consent.actions.orders import About, NothingToLift, lift_order, record_order
from consent.forms.guardians import LiftForm, OrderForm
from consent.queries.guardian_record import consequences_of_order
from consent.views.guardians import the_tie

SHARED = (
    "Another guardian has the same e-mail address, so nothing about this child is mailed there any more. "
    "The other guardian needs an address of their own: enter it on their page, then ask again."
)


def order_record(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Take a court order down; the page says first what it ends."""
    tie, student = the_tie(tie_id)
    today = timezone.localdate(now(), time_zone(tie.school_id))
    form = OrderForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        done = record_order(
            tie_id=tie.id,
            about=About(form.cleaned_data["about"]),
            reference=form.cleaned_data["reference"],
            dated=form.cleaned_data["dated"],
            by=request.actor,
            now=now(),
        )
        messages.success(request, f"The order is recorded and in force. Open requests ended: {done.requests_ended}.")
        if done.sharing:
            messages.warning(request, SHARED)
        return redirect("guardian-detail", tie_id=tie.id)
    note_record(by=request.actor, student=student)
    numbers = consequences_of_order(tie, now(), restricted=True)
    context = {"tie": tie, "student": student, "form": form, "numbers": numbers}
    return render(request, "consent/staff/order.html", context, status=422 if form.is_bound else 200)


def order_lift(request: StaffRequest, tie_id: str) -> HttpResponse:
    """Lift a court order, on the paper that ends it."""
    tie, student = the_tie(tie_id)
    if not (tie.restricted or tie.guardian.restricted_at):
        messages.info(request, "No court order stands against this person.")
        return redirect("guardian-detail", tie_id=tie.id)
    form = LiftForm(request.POST or None, tie=tie)
    if request.method == "POST" and form.is_valid():
        try:
            lift_order(
                tie_id=tie.id,
                about=About(form.cleaned_data["about"]),
                reference=form.cleaned_data["reference"],
                by=request.actor,
                now=now(),
            )
        except NothingToLift:
            messages.info(request, "Somebody else has lifted this order already.")
        else:
            messages.success(request, "The order is lifted. The person can be asked again and answers count again.")
        return redirect("guardian-detail", tie_id=tie.id)
    note_record(by=request.actor, student=student)
    numbers = consequences_of_order(tie, now(), restricted=False)
    context = {"tie": tie, "student": student, "form": form, "numbers": numbers}
    return render(request, "consent/staff/order_lift.html", context, status=422 if form.is_bound else 200)
