"""The defaults of a district: what it has set for its schools, what is locked, and how that came about."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.schools.reach import district_name, districts_in_reach
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS
from classwaves_admin.warehouse.models import District
from retention.actions.standards import ask_standard
from retention.forms.standards import StandardForm
from retention.queries.standards import history_page, open_changes, set_by
from retention.rules.in_force import Standard
from retention.rules.policies import Around
from retention.views.policies import kind_named
from retention.words import kind_words


@require_safe
def standard_list(request: StaffRequest) -> HttpResponse:
    """Show the defaults of the person's district, or the districts to choose from."""
    reach = districts_in_reach(request)
    with system_scope(reason="the districts of the person's schools"):
        found = District.objects.order_by("name", "id")
        names = list((found if reach is None else found.filter(pk__in=reach)).values_list("id", "name"))
    if len(names) == 1:
        return redirect("standard-detail", names[0][0])
    return render(request, "retention/districts.html", {"districts": names})


@require_safe
def standard_detail(request: StaffRequest, district_id: str) -> HttpResponse:
    """Show what a district has set: one warehouse query."""
    name, standards = district_name(request, district_id), set_by(district_id)
    kinds = [{"kind": kind, "set": standards.get(kind), "default": DEFAULTS[kind]} for kind in Retention]
    context = {
        "district_id": district_id,
        "district_name": name,
        "kinds": kinds,
        "changes": open_changes(district_id),
        "may_change": request.access.may(Permission.MANAGE_DISTRICT),
    }
    return render(request, "retention/district.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_edit(request: StaffRequest, district_id: str, policy_type: str) -> HttpResponse:
    """Take a change of one default; what it would do is counted in each school before anything changes."""
    name, kind = district_name(request, district_id), kind_named(policy_type)
    standards = set_by(district_id)
    periods = {one: standards[one].periods if one in standards else DEFAULTS[one].periods for one in Retention}
    form = StandardForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        set_now=standards.get(kind),
        around=Around(under_13=False, others=periods),
    )
    if request.method == "POST" and form.is_valid():
        change = ask_standard(
            district_id=district_id,
            kind=kind,
            standard=form.standard(),
            reason=form.cleaned_data["reason"].strip(),
            by=request.actor,
            now=now(),
        )
        return redirect("standard-change", change.id)
    context = {
        "district_id": district_id,
        "district_name": name,
        "kind": kind,
        "title": kind_words(kind),
        "form": form,
    }
    return render(request, "retention/standard_edit.html", context, status=422 if form.errors else 200)


@require_safe
def standard_history(request: StaffRequest, district_id: str) -> HttpResponse:
    """Show who changed the defaults of a district, when, from what to what, and why: two warehouse queries."""
    name = district_name(request, district_id)
    try:
        part = history_page(district_id, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the history is gone. This is the first one.")
        return redirect("standard-history", district_id)
    lines = [
        {
            "change": one,
            "before": Standard.from_json(one.before) if one.before else None,
            "after": Standard.from_json(one.after),
        }
        for one in part.rows
    ]
    context = {
        "district_id": district_id,
        "district_name": name,
        "lines": lines,
        "people": staff_names(person for one in part.rows for person in (one.asked_by, one.decided_by)),
        **neighbours(request, "standard-history", previous=part.previous, following=part.next, parts=(district_id,)),
    }
    return render(request, "retention/standard_history.html", context)
