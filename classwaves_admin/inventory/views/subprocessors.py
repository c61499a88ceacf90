"""The list of subprocessors: who handles data for ClassWaves, what for, where, and how the list came about."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.inventory.actions.subprocessors import Conflict, add_subprocessor, change_subprocessor
from classwaves_admin.inventory.forms import SubprocessorForm
from classwaves_admin.inventory.models import Subprocessor
from classwaves_admin.inventory.queries.subprocessors import history_of, said_by, shown, subprocessors
from classwaves_admin.inventory.rules.subprocessors import fingerprint
from classwaves_admin.lib.clock import now

LIST, DETAIL = "subprocessor-list", "subprocessor-detail"


@require_safe
def subprocessor_list(request: StaffRequest) -> HttpResponse:
    """Show who handles data today, and who did."""
    working, ended = subprocessors(timezone.localdate(now()))
    context = {
        "working": working,
        "ended": ended,
        "may_change": request.access.may(Permission.MANAGE_SUBPROCESSORS),
    }
    return render(request, "inventory/subprocessors/list.html", context)


@require_safe
def subprocessor_detail(request: StaffRequest, subprocessor_id: str) -> HttpResponse:
    """Show one entry and its history: one warehouse query for names of people."""
    entry = _entry(subprocessor_id)
    context = {
        "entry": entry,
        "works": entry.works_on(timezone.localdate(now())),
        "says": shown(said_by(entry)),
        "changes": history_of(entry),
        "may_change": request.access.may(Permission.MANAGE_SUBPROCESSORS),
    }
    return render(request, "inventory/subprocessors/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def subprocessor_new(request: StaffRequest) -> HttpResponse:
    """Put a company on the list."""
    form = SubprocessorForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        entry = add_subprocessor(says=form.says(), by=request.actor, now=now())
        messages.success(request, "The company is on the list. Every office and auditor sees it from now on.")
        return redirect(DETAIL, entry.pk)
    context = {"form": form, "entry": None}
    return render(request, "inventory/subprocessors/edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def subprocessor_edit(request: StaffRequest, subprocessor_id: str) -> HttpResponse:
    """Change an entry, or set its last day; where somebody else has changed it meanwhile, show both versions."""
    entry = _entry(subprocessor_id)
    form = SubprocessorForm(request.POST if request.method == "POST" else None, entry=entry)
    if form.is_bound and form.is_valid():
        try:
            change_subprocessor(
                subprocessor_id=subprocessor_id,
                seen=form.cleaned_data["seen"],
                says=form.says(),
                reason=form.cleaned_data["reason"].strip(),
                by=request.actor,
                now=now(),
            )
        except Conflict:
            return _conflict(request, form)
        messages.success(request, "Changed. The history keeps what the entry said before.")
        return redirect(DETAIL, subprocessor_id)
    context = {"form": form, "entry": entry}
    return render(request, "inventory/subprocessors/edit.html", context, status=422 if form.is_bound else 200)


def _conflict(request: StaffRequest, form: SubprocessorForm) -> HttpResponse:
    """Show what the entry says by now beside what was typed, and let the person go on from either."""
    entry = _entry(str(request.resolver_match.kwargs["subprocessor_id"]) if request.resolver_match else "")
    theirs = said_by(entry)
    mine = Subprocessor(**form.says())
    data = request.POST.copy()
    data["seen"] = fingerprint(theirs)
    context = {
        "entry": entry,
        "form": SubprocessorForm(data, entry=entry),
        "pairs": [
            (label, now_says, typed)
            for (label, now_says), (_, typed) in zip(shown(theirs), shown(said_by(mine)), strict=True)
        ],
    }
    return render(request, "inventory/subprocessors/conflict.html", context, status=409)


def _entry(subprocessor_id: str) -> Subprocessor:
    """Return an entry of the list. Raises Http404."""
    try:
        return Subprocessor.objects.get(pk=subprocessor_id)
    except Subprocessor.DoesNotExist:
        raise Http404("There is no such subprocessor.") from None
