"""Support access: a district lets ClassWaves in for some hours, sees what was done, and ends it; ClassWaves asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.holders import classwaves_staff
from classwaves_admin.accounts.models import SupportGrant, User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.support.entering import enter, leave, usable_grant
from classwaves_admin.accounts.support.rules import GrantState
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.people.actions.support import (
    NotGranted,
    answer_request,
    ask_support,
    decline,
    end,
    give_support,
    note_passage,
)
from classwaves_admin.people.forms.support import AskForm, GiveForm, HoursForm
from classwaves_admin.people.queries.support import (
    district_names,
    done_within,
    grant_of,
    grant_page,
    may_enter,
    reach_of,
)
from classwaves_admin.people.views.clock import clock_of

LIST, DETAIL = "support-list", "support-detail"


@require_safe
def support_list(request: StaffRequest) -> HttpResponse:
    """Show the grants of the person's districts, or those that wait: one warehouse query, for the districts' names."""
    waiting = request.GET.get("state") == GrantState.ASKED
    try:
        part = grant_page(request.GET.get("cursor", ""), asked_at=now() if waiting else None)
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    moment, names = now(), district_names(grant.district_id for grant in part.rows)
    context = {
        "lines": [
            {"grant": grant, "state": grant.state_at(moment), "district": names.get(grant.district_id, "")}
            for grant in part.rows
        ],
        "waiting": waiting,
        "may_grant": request.access.may(Permission.GRANT_SUPPORT),
        "may_use": request.access.may(Permission.USE_SUPPORT),
        "clock": clock_of(request),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "people/support/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def support_new(request: StaffRequest) -> HttpResponse:
    """Let ClassWaves in, having seen in numbers what it will see: three warehouse queries."""
    districts = district_names(request.access.scope.districts or ())
    chosen = request.GET.get("district") or next(iter(districts), "")
    if chosen not in districts:
        raise Http404("There is no such district.")
    staff = classwaves_staff(now().date())
    form = GiveForm(request.POST if request.method == "POST" else None, staff=[(one.pk, str(one)) for one in staff])
    if form.is_bound and form.is_valid():
        person = next((one for one in staff if one.pk == form.cleaned_data["person"]), None)
        try:
            grant = give_support(
                district_id=chosen,
                person=person,
                hours=form.cleaned_data["hours"],
                reason=form.cleaned_data["reason"].strip(),
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
        except NotGranted as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "ClassWaves may enter from now on. This page shows what it does.")
            return redirect(DETAIL, grant.pk)
    context = {
        "form": form,
        "district": districts[chosen],
        "others": {key: name for key, name in districts.items() if key != chosen},
        "reach": reach_of(chosen),
    }
    return render(request, "people/support/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def support_ask(request: StaffRequest) -> HttpResponse:
    """Ask a district's administrators for access: one warehouse query, for the districts' names."""
    districts = district_names()
    initial = {"district": request.GET.get("district", "")}
    form = AskForm(
        request.POST if request.method == "POST" else None, districts=list(districts.items()), initial=initial
    )
    if form.is_bound and form.is_valid():
        try:
            grant = ask_support(
                district_id=form.cleaned_data["district"],
                hours=form.cleaned_data["hours"],
                reason=form.cleaned_data["reason"].strip(),
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
        except NotGranted as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "Asked. The district’s administrators get a mail, and you get one when it is open."
            )
            return redirect(DETAIL, grant.pk)
    return render(request, "people/support/ask.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def support_detail(request: StaffRequest, grant_id: str) -> HttpResponse:
    """Show a grant and what was done within it: three warehouse queries, for names and rows of the log."""
    return _page(request, _grant(grant_id), HoursForm())


@require_http_methods(["GET", "HEAD", "POST"])
def support_grant(request: StaffRequest, grant_id: str) -> HttpResponse:
    """Grant what ClassWaves asked for, having seen what it will see."""
    grant = _grant(grant_id)
    form = HoursForm(request.POST if request.method == "POST" else None, initial={"hours": grant.hours})
    if form.is_bound and form.is_valid():
        try:
            answer_request(
                grant=grant,
                hours=form.cleaned_data["hours"],
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
            messages.success(request, "ClassWaves may enter from now on. This page shows what it does.")
        except NotGranted as refusal:
            messages.error(request, str(refusal))
        return redirect(DETAIL, grant.pk)
    if grant.state_at(now()) is not GrantState.ASKED:
        return redirect(DETAIL, grant.pk)
    context = {
        "form": form,
        "grant": grant,
        "district": district_names([grant.district_id]).get(grant.district_id, grant.district_id),
        "reach": reach_of(grant.district_id),
    }
    return render(request, "people/support/grant.html", context, status=422 if form.errors else 200)


@require_POST
def support_decline(request: StaffRequest, grant_id: str) -> HttpResponse:
    """Decline what ClassWaves asked for."""
    grant = _grant(grant_id)

    def declined(user: User) -> str:
        decline(grant=grant, user=user, by=request.actor, now=now())
        return "Declined. ClassWaves sees nothing."

    return _done(request, grant, declined)


@require_POST
def support_end(request: StaffRequest, grant_id: str) -> HttpResponse:
    """End a grant at once."""
    grant = _grant(grant_id)

    def ended(user: User) -> str:
        was_open = end(grant=grant, user=user, by=request.actor, now=now())
        return "Ended. Whoever was in is out with the next click." if was_open else "It was over already."

    return _done(request, grant, ended)


@require_POST
def support_enter(request: StaffRequest, grant_id: str) -> HttpResponse:
    """Enter a grant: from now on the pages are those of the district, and say so."""
    grant = usable_grant(grant_id, cast(User, request.user), now=now())
    if grant is None:
        _grant(grant_id)  # 404 for one that does not exist here
        messages.info(request, "This grant is not open to you now.")
        return redirect(DETAIL, grant_id)
    note_passage("support.entered", grant=grant, by=request.actor, now=now())
    enter(request.session, grant)
    return redirect("dashboard")


@require_POST
def support_leave(request: StaffRequest) -> HttpResponse:
    """Leave the grant that was entered."""
    support = request.access.support
    grant = _grant(support.grant_id) if support else None
    if grant is not None and leave(request.session):
        note_passage("support.left", grant=grant, by=request.actor, now=now())
        messages.success(request, "You have left the district.")
    return redirect(LIST)


def _done(request: StaffRequest, grant: SupportGrant, act: Callable[[User], str]) -> HttpResponse:
    """Do something with a grant and say what came of it."""
    try:
        messages.success(request, act(cast(User, request.user)))
    except NotGranted as refusal:
        messages.error(request, str(refusal))
    return redirect(DETAIL, grant.pk)


def _grant(grant_id: str) -> SupportGrant:
    """Return a grant of the person's districts. Raises Http404."""
    grant = grant_of(grant_id)
    if grant is None:
        raise Http404("There is no such grant.")
    return grant


def _page(request: StaffRequest, grant: SupportGrant, form: HoursForm) -> HttpResponse:
    state = grant.state_at(now())
    may_use = request.access.may(Permission.USE_SUPPORT)
    context = {
        "grant": grant,
        "state": state,
        "district": district_names([grant.district_id]).get(grant.district_id, grant.district_id),
        "done": done_within(grant),
        "may_grant": request.access.may(Permission.GRANT_SUPPORT),
        "may_enter": may_use and state is GrantState.RUNNING and may_enter(grant, cast(User, request.user)),
        "inside": request.access.support is not None and request.access.support.grant_id == grant.pk,
        "may_see_audit": request.access.may(Permission.SEE_AUDIT),
        "clock": clock_of(request),
        "form": form,
    }
    return render(request, "people/support/detail.html", context)
