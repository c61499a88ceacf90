"""Finishes the reminders of consent at sending time: as the mails they remind of, and a link that ends them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from classwaves_admin.notifications import kinds
from classwaves_admin.tenancy.scope import system_scope
from consent.actions.links import mint
from consent.actions.locks import lock_invitation
from consent.actions.mail import CONFIRM_REMINDER, REMINDER
from consent.emails import SECRETS, build_invitation, build_verification, mail_returned
from consent.models.links import Purpose

STOP = "stop"


def register() -> None:
    """Register both reminders. Called once, when Django starts.

    They alone can be stopped (RFC 8058): who leaves the list of the notices and of the mails about an answer could no
    longer refuse, confirm or take back.
    """
    for kind, builder in ((REMINDER, build_reminder), (CONFIRM_REMINDER, build_confirm_reminder)):
        kinds.register(kind, builder, secrets=(*SECRETS, STOP), on_returned=mail_returned, headers=stop_with_one_click)


def build_reminder(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return what an invitation has, and the link that stops reminders. Raises NoLongerWanted as it does."""
    return {**build_invitation(refers_to=refers_to, now=now), STOP: _stop_link(refers_to, now)}


def build_confirm_reminder(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return what the second step has, and the link that stops reminders. Raises NoLongerWanted as it does."""
    return {**build_verification(refers_to=refers_to, now=now), STOP: _stop_link(refers_to, now)}


def stop_with_one_click(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers by which a mail program stops reminders with one click (RFC 8058)."""
    return {"List-Unsubscribe": f"<{secrets[STOP]}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _stop_link(invitation_id: str, now: datetime) -> str:
    """Return a link that stops the reminders of a request. Raises NoLongerWanted where none may go out by now."""
    with system_scope(reason="mail: consent reminder"):
        invitation = lock_invitation(invitation_id)
        if invitation.reminders_stopped_at:
            raise kinds.NoLongerWanted("reminders_stopped")
        if invitation.guardian.bounced_at:
            raise kinds.NoLongerWanted("bounced")
        minted = mint(invitation, Purpose.STOP, now=now)
        return settings.PORTAL_URL + reverse("consent-stop", args=[minted.token])
