"""The mails of this app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from classwaves_admin.accounts.models import SupportGrant
from classwaves_admin.accounts.support.rules import GrantState
from classwaves_admin.lib.tokens import new_token
from classwaves_admin.notifications import kinds
from classwaves_admin.people.actions.invitations import INVITED_MAIL
from classwaves_admin.people.actions.support import ASKED_MAIL, OPEN_MAIL
from classwaves_admin.people.actions.telling import FIRST_MAIL, JOINED_MAIL, KEPT_MAIL
from classwaves_admin.people.models import Invitation, InvitationLink
from classwaves_admin.people.queries.invitations import hash_of
from classwaves_admin.people.rules.invitations import InvitationState
from classwaves_admin.tenancy.scope import system_scope


def register() -> None:
    """Register the mails, when Django starts."""
    kinds.register(ASKED_MAIL, build_asked, secrets=("link",))
    kinds.register(OPEN_MAIL, build_open, secrets=("link",))
    kinds.register(INVITED_MAIL, build_invited, secrets=("link",))
    kinds.register(JOINED_MAIL, build_joined, secrets=("link",))
    kinds.register(FIRST_MAIL, build_joined, secrets=("link",))
    kinds.register(KEPT_MAIL, build_joined, secrets=("link",))


def build_asked(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return where the request is answered. Raises NoLongerWanted once it was answered."""
    return _page(refers_to, GrantState.ASKED, now)


def build_open(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return where the grant is entered. Raises NoLongerWanted once it is over."""
    return _page(refers_to, GrantState.RUNNING, now)


def build_invited(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return a fresh link; those of earlier attempts stay alive. Raises NoLongerWanted once it was answered."""
    invitation = Invitation.objects.filter(pk=refers_to).first()
    if invitation is None or invitation.state_at(now) is not InvitationState.OPEN:
        raise kinds.NoLongerWanted("answered_already")
    token = new_token()
    InvitationLink.objects.create(invitation=invitation, token_hash=hash_of(token), created_at=now)
    return {"link": settings.PORTAL_URL + reverse("join", args=[token])}


def build_joined(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return where the district's people stand."""
    return {"link": settings.PORTAL_URL + reverse("people-list")}


def _page(grant_id: str, state: GrantState, now: datetime) -> Mapping[str, str]:
    with system_scope(reason="a mail is built for its reader"):
        grant = SupportGrant.objects.filter(pk=grant_id).first()
    if grant is None or grant.state_at(now) is not state:
        raise kinds.NoLongerWanted("answered_already" if state is GrantState.ASKED else "grant_over")
    return {"link": settings.PORTAL_URL + reverse("support-detail", args=[grant.pk])}
