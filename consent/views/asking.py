"""Asking guardians for consent: first the numbers, then the mails."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.searching import name_behind
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from consent.actions.campaigns import start_campaigns
from consent.models import Campaign
from consent.queries.choosing import Choice, number_chosen
from consent.queries.preview import preview_of
from consent.views.back import page_before
from consent.views.students import FILTERS, filters_form

# More than a page of the list can select; a longer post did not come from our form.
MOST_AT_ONCE = 200
_FORM_ID = re.compile(r"[0-9a-f-]{36}")


@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """Say whom asking would reach; with `confirmed`, ask."""
    back = page_before(request, resolve_url("student-list"))
    form_id = request.POST.get("form_id", "")
    confirmed = "confirmed" in request.POST and _FORM_ID.fullmatch(form_id)
    if confirmed and (started := list(Campaign.objects.filter(form_id=form_id))):  # the button was pressed twice
        return _to(request, started)
    choice, moment = _choice(request), now()
    preview = preview_of(choice, moment) if choice else None
    if choice is None or preview is None or not preview.students:
        messages.info(request, "Choose at least one student first.")
        return redirect(back)
    changed = bool(confirmed) and request.POST.get("expected") != str(preview.mails)
    if confirmed and not changed and preview.mails:
        return _to(
            request,
            start_campaigns(choice=choice, preview=preview, form_id=form_id, by=request.actor, now=moment),
        )
    context = {
        "preview": preview,
        "schools": dict(request.school_choices),
        "inputs": _inputs(request, choice),
        "form_id": new_id(),
        "back": back,
        "changed": changed,
    }
    return render(request, "consent/staff/ask.html", context, status=409 if changed else 200)


@require_safe
def number_fitting(request: StaffRequest) -> HttpResponse:
    """Say how many students fit the filters of the list's address: a part of its page, fetched when it is shown."""
    choice = _by_filters(request, request.GET)
    number = number_chosen(choice, now()) if choice else None
    return render(request, "consent/staff/_ask_all.html", {"number": number})


def _choice(request: StaffRequest) -> Choice | None:
    """Return what was chosen; None for filters that cannot be read or a search that is forgotten."""
    if "all" in request.POST:
        return _by_filters(request, request.POST)
    return Choice(tuple(one for one in request.POST.getlist("student")[:MOST_AT_ONCE] if "\0" not in one))


def _by_filters(request: StaffRequest, data: QueryDict) -> Choice | None:
    search = data.get("search", "")
    name = name_behind(request, search)
    form = filters_form(request, {**data.dict(), "name": name})
    if not form.is_valid() or (search and not name):
        return None
    return Choice(filters=form.filters())


def _inputs(request: StaffRequest, choice: Choice) -> list[tuple[str, str]]:
    """Return what the confirmation sends again, as names and values."""
    if choice.filters is None:
        return [("student", student_id) for student_id in choice.student_ids]
    given = [(name, request.POST.get(name, "")) for name in FILTERS]
    return [("all", "yes"), *((name, value) for name, value in given if value)]


def _to(request: StaffRequest, campaigns: Sequence[Campaign]) -> HttpResponse:
    """Lead to the campaign, or to the list where there are several."""
    if len(campaigns) == 1:
        return redirect("campaign-detail", campaigns[0].id)
    messages.success(request, f"Guardians of {len(campaigns)} schools are being asked, each school by itself.")
    return redirect("campaign-list")
