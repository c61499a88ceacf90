"""Finishes consent's mails at sending time: fresh links and codes, which are stored nowhere but as hashes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from audit.record import record
from classwaves_admin.lib.actor import system
from classwaves_admin.notifications import kinds
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import ParentalConsent
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.links import Minted, mint
from consent.actions.locks import lock_invitation
from consent.actions.mail import INVITATION, RECEIPT, VERIFICATION
from consent.models import Answer, Guardianship, Invitation
from consent.models.links import Purpose
from consent.queries.families import children_of

SECRETS = ("link", "code", "code_page")
MAILER = system("mail")


def register() -> None:
    """Register the three mails of consent. Called once, when Django starts."""
    kinds.register(INVITATION, build_invitation, secrets=SECRETS, on_sent=notice_sent)
    kinds.register(VERIFICATION, build_verification, secrets=SECRETS)
    kinds.register(RECEIPT, build_receipt)


def build_invitation(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return the link and code of an invitation. Raises NoLongerWanted for one that is answered or called back."""
    with system_scope(reason="mail: consent invitation"):
        invitation = _wanted(refers_to)
        if invitation.answered_at:
            raise kinds.NoLongerWanted("answered_already")
        if invitation.expires_at <= now:
            raise kinds.NoLongerWanted("expired")
        return _secrets(mint(invitation, Purpose.ANSWER, now=now), "consent-answer")


def build_verification(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return the link and code of the second step, and note the link's hash on the rows that wait for it."""
    with system_scope(reason="mail: consent verification"):
        invitation = _wanted(refers_to)
        waiting = list(Answer.objects.filter(invitation=invitation, awaits_second_step=True, revoked_at=None))
        if invitation.verified_at or not waiting:
            raise kinds.NoLongerWanted("verified_already")
        minted = mint(invitation, Purpose.VERIFY, now=now)
        for answer in waiting:
            gateway.update(
                ParentalConsent, answer.consent_id, verification_token=minted.link.token_hash, updated_at=now
            )
        return _secrets(minted, "consent-verify")


def build_receipt(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return nothing: a receipt has no secret. Raises NoLongerWanted where a court order came in between."""
    with system_scope(reason="mail: consent receipt"):
        _wanted(refers_to)
    return {}


def notice_sent(*, mail_id: str, refers_to: str, school_id: str, now: datetime) -> None:
    """Note that the mail server took the direct notice, and audit it."""
    with system_scope(reason="mail: consent notice sent"):
        invitation = lock_invitation(refers_to)
        if invitation.sent_at is None:
            invitation.sent_at = now
            invitation.save(update_fields=["sent_at"])
        record(
            "notice.sent",
            by=MAILER,
            school_id=school_id,
            resource=("invitation", invitation.id),
            students=children_of(invitation),
            data={"mail": mail_id, "language": invitation.language},
            at=now,
        )


def _wanted(invitation_id: str) -> Invitation:
    """Return the invitation, held. Raises NoLongerWanted for one that is gone, called back or under a court order."""
    try:
        invitation = lock_invitation(invitation_id)
    except Invitation.DoesNotExist:
        raise kinds.NoLongerWanted("invitation_gone") from None
    if invitation.revoked_at or invitation.guardian.restricted_at or _names_a_restricted_child(invitation):
        raise kinds.NoLongerWanted("called_back")
    return invitation


def _names_a_restricted_child(invitation: Invitation) -> bool:
    """Tell whether a court order has come since the mail was written, which would name the child all the same.

    Before the answer a mail names all children, afterwards those that were answered for.
    """
    named = set(children_of(invitation))
    if invitation.answered_at:
        named = set(Answer.objects.filter(invitation=invitation).values_list("student_id", flat=True))
    return Guardianship.objects.filter(
        guardian_id=invitation.guardian_id, student_id__in=named, restricted=True
    ).exists()


def _secrets(minted: Minted, route: str) -> dict[str, str]:
    code = f"{minted.code[:3]} {minted.code[3:]}"
    return {
        "link": settings.PORTAL_URL + reverse(route, args=[minted.token]),
        "code": code,
        "code_page": settings.PORTAL_URL + reverse("consent-code"),
    }
