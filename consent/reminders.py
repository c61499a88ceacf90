"""Finishes the reminders of consent at sending time: as the mails they remind of, and a link that ends them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from classwaves_admin.notifications import kinds
from classwaves_admin.tenancy.scope import system_scope
from consent.actions.links import mint_all
from consent.actions.locks import lock_invitations
from consent.actions.mail import CONFIRM_REMINDER, REMINDER
from consent.emails import SECRETS, address_now, build_invitations, build_verification, mail_returned
from consent.models import Invitation
from consent.models.links import Purpose
from consent.wordings import WORDINGS

STOP = "stop"


def register() -> None:
    """Register both reminders. Called once, when Django starts.

    They alone can be stopped (RFC 8058): who leaves the list of the notices and of the mails about an answer could no
    longer refuse, confirm or take back.
    """
    for kind, builder in ((REMINDER, build_reminder), (CONFIRM_REMINDER, build_confirm_reminder)):
        kinds.register(
            kind,
            builder,
            secrets=(*SECRETS, STOP),
            on_returned=mail_returned,
            headers=stop_with_one_click,
            wording=WORDINGS[kind],
            address=address_now,
        )


def build_reminder(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return what an invitation has, and the link that stops reminders. Raises NoLongerWanted as it does."""
    built = build_reminders(refers_to=[refers_to], now=now)[refers_to]
    if isinstance(built, kinds.NoLongerWanted):
        raise built
    return built


def build_reminders(*, refers_to: Collection[str], now: datetime) -> Mapping[str, kinds.Built]:
    """Return the same for many requests, or why nobody needs the mail of one."""
    stops = _stop_links(refers_to, now)
    wanted = [one for one, stop in stops.items() if isinstance(stop, str)]
    found: dict[str, kinds.Built] = dict(build_invitations(refers_to=wanted, now=now))
    for one, stop in stops.items():
        built = found.get(one)
        if isinstance(stop, kinds.NoLongerWanted):
            found[one] = stop
        elif not isinstance(built, kinds.NoLongerWanted | None):
            found[one] = {**built, STOP: stop}
    return found


def build_confirm_reminder(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return what the second step has, and the link that stops reminders. Raises NoLongerWanted as it does."""
    stop = _stop_links([refers_to], now)[refers_to]
    if isinstance(stop, kinds.NoLongerWanted):
        raise stop
    return {**build_verification(refers_to=refers_to, now=now), STOP: stop}


def stop_with_one_click(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers by which a mail program stops reminders with one click (RFC 8058)."""
    return {"List-Unsubscribe": f"<{secrets[STOP]}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _stop_links(invitation_ids: Collection[str], now: datetime) -> dict[str, str | kinds.NoLongerWanted]:
    """Return a link that stops the reminders of each request, or why none may go out by now."""
    with system_scope(reason="mail: consent reminders"):
        held = lock_invitations(invitation_ids)
        found: dict[str, str | kinds.NoLongerWanted] = {
            one: kinds.NoLongerWanted("invitation_gone") for one in invitation_ids
        }
        found |= {one.id: refusal for one in held if (refusal := _refusal(one))}
        for minted in mint_all([one for one in held if not _refusal(one)], Purpose.STOP, now=now):
            path = reverse("consent-stop", args=[minted.token])
            found[minted.link.request.id] = settings.PORTAL_URL + path
        return found


def _refusal(invitation: Invitation) -> kinds.NoLongerWanted | None:
    if invitation.reminders_stopped_at:
        return kinds.NoLongerWanted("reminders_stopped")
    return kinds.NoLongerWanted("bounced") if invitation.guardian.bounced_at else None
