"""Invitations: the list, inviting somebody, sending again, taking back; and the page behind the link."""

from __future__ import annotations

from typing import cast

from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.actions import MembershipRefused
from classwaves_admin.accounts.actors import actor_of
from classwaves_admin.accounts.limits import too_often
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.people.actions.invitations import (
    INVITED_MAIL,
    NotInvited,
    ReasonNeeded,
    StoppedThere,
    accept,
    invite,
    resend,
    revoke,
)
from classwaves_admin.people.forms.invitations import InvitationForm, JoinForm
from classwaves_admin.people.models import Invitation
from classwaves_admin.people.queries.invitations import (
    find_invitation,
    invitation_behind,
    invitation_page,
    invited_to,
    newest_mails,
)
from classwaves_admin.people.queries.support import district_names
from classwaves_admin.people.rules.invitations import InvitationState
from classwaves_admin.people.rules.roles import invitable, may_do
from classwaves_admin.people.views.clock import clock_of
from classwaves_admin.tenancy.scope import system_scope

LIST = "invitation-list"
TRIES_AN_HOUR = 60
HOUR = 3600


@require_safe
def invitation_list(request: StaffRequest) -> HttpResponse:
    """Show the invitations of the scope, newest first, each with its state and its mail's. No warehouse query."""
    try:
        part = invitation_page(request.access.scope, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    moment = now()
    mails = newest_mails(part.rows, INVITED_MAIL)
    context = {
        "lines": [{"invitation": one, "state": one.state_at(moment), "mail": mails.get(one.pk)} for one in part.rows],
        "clock": clock_of(request),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "people/invitations/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_new(request: StaffRequest) -> HttpResponse:
    """Invite a person: two warehouse queries, for districts and staff; three more for a district's first one."""
    roles = invitable(request.access)
    of_classwaves = request.access.role is Role.SUPER_ADMIN
    districts = district_names() if of_classwaves else district_names(request.access.scope.districts or ())
    form = InvitationForm(
        request.POST if request.method == "POST" else None,
        roles=roles,
        districts=list(districts.items()),
        schools=() if of_classwaves else request.school_choices,
        today=now().date(),
        of_classwaves=of_classwaves,
        initial={"district": request.GET.get("district", "") or (next(iter(districts)) if len(districts) == 1 else "")},
    )
    if form.is_bound and form.is_valid():
        district, schools = form.reach()
        try:
            invite(
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                district_id=district,
                school_ids=schools,
                ends_on=form.cleaned_data.get("ends_on"),
                access=request.access,
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
                reason=form.cleaned_data.get("reason", ""),
            )
        except ReasonNeeded as refusal:
            form.add_error("reason", str(refusal))
        except StoppedThere as refusal:
            person = reverse("person-staff", args=[refusal.staff_id])
            form.add_error(None, format_html('{} <a href="{}">See this person</a>', str(refusal), person))
        except NotInvited as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Invited. The mail is on its way.")
            return redirect(LIST)
    context = {"form": form, "roles": [{"label": one.label, "may": may_do(one)} for one in roles]}
    context["days"] = settings.INVITATION_DAYS
    return render(request, "people/invitations/new.html", context, status=422 if form.errors else 200)


@require_POST
def invitation_resend(request: StaffRequest, invited_id: str) -> HttpResponse:
    """Send a fresh link."""
    invitation = _invitation(request, invited_id)
    try:
        resend(invitation=invitation, by=request.actor, now=now())
        messages.success(request, "Sent again. The link of before counts no more.")
    except NotInvited as refusal:
        messages.error(request, str(refusal))
    return redirect(LIST)


@require_POST
def invitation_revoke(request: StaffRequest, invited_id: str) -> HttpResponse:
    """Take an invitation back."""
    invitation = _invitation(request, invited_id)
    try:
        revoke(invitation=invitation, by=request.actor, now=now())
        messages.success(request, "Taken back. Its link leads nowhere.")
    except NotInvited as refusal:
        messages.error(request, str(refusal))
    return redirect(LIST)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show who is invited to what; posted, let them in. Looking changes nothing and burns no link."""
    response = _join(request, token)
    # It tells the address, token included, to nobody. `no-referrer` would blank the Origin too, which CSRF needs.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _join(request: HttpRequest, token: str) -> HttpResponse:
    invitation = None
    if not too_often(request, "invitation", limit=TRIES_AN_HOUR, seconds=HOUR):
        invitation = invitation_behind(token)
    if invitation is None or invitation.state_at(now()) is not InvitationState.OPEN:
        return render(request, "people/invitations/gone.html", status=404 if invitation is None else 410)
    known = User.objects.filter(email=invitation.email).exists()
    posted = request.method == "POST"
    google = bool(get_adapter().list_providers(request))
    form = JoinForm(
        request.POST if posted else None, email=invitation.email, google=google, initial={"name": invitation.name}
    )
    if posted and (known or form.is_valid()):
        try:
            accept(
                invitation=invitation,
                name="" if known else form.cleaned_data["name"],
                password=None if known else form.cleaned_data["password"],
                by=actor_of(request, Access()),
                now=now(),
            )
        except (NotInvited, MembershipRefused) as refusal:
            messages.error(request, str(refusal))
            return render(request, "people/invitations/gone.html", status=410)
        messages.success(request, "Welcome. Sign in now; where the portal asks for a second factor, you are led to it.")
        return redirect("account_login")
    role = Role(invitation.role)
    context = {"invitation": invitation, "form": form, "known": known, "role": role, "may": may_do(role)}
    with system_scope(reason="who is invited reads to what"):
        context["place"] = invited_to(invitation)
    return render(request, "people/invitations/join.html", context, status=422 if posted else 200)


def _invitation(request: StaffRequest, invited_id: str) -> Invitation:
    """Return an invitation of the person's districts and schools. Raises Http404."""
    invitation = find_invitation(invited_id, request.access.scope)
    if invitation is None:
        raise Http404("There is no such invitation.")
    return invitation
