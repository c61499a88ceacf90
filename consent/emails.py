"""Finishes consent's mails at sending time: fresh links and codes, which are stored nowhere but as hashes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from audit.record import record
from classwaves_admin.lib.actor import system
from classwaves_admin.notifications import kinds
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.bounces import note_bounce
from consent.actions.links import Minted, mint, mint_all
from consent.actions.locks import lock_invitation, lock_invitations
from consent.actions.mail import INVITATION, MANAGE, RECEIPT, RENEWAL, VERIFICATION, WITHDRAWAL
from consent.models import Answer, Guardian, Guardianship, Invitation, Withdrawal
from consent.models.links import Purpose
from consent.queries.families import children_of_all
from consent.queries.own_answers import own_answers
from consent.queries.rows import restricted_guardians
from consent.vocabulary import Bounce
from consent.wordings import WORDINGS

SECRETS = ("link", "code", "code_page")
MAILER = system("mail")


def register() -> None:
    """Register the mails of consent. Called once, when Django starts; reminders register themselves."""
    for notice in (INVITATION, RENEWAL):
        kinds.register(
            notice,
            build_invitation,
            secrets=SECRETS,
            on_sent=notice_sent,
            builds=build_invitations,
            on_all_sent=notices_sent,
            on_returned=mail_returned,
            wording=WORDINGS[notice],
            address=address_now,
        )
    for kind, builder, secrets in (
        (VERIFICATION, build_verification, SECRETS),
        (RECEIPT, build_receipt, ()),
        (MANAGE, build_manage, SECRETS),
        (WITHDRAWAL, build_withdrawal, ()),
    ):
        kinds.register(
            kind,
            builder,
            secrets=secrets,
            on_returned=mail_returned,
            wording=WORDINGS[kind],
            address=address_now,
        )


def build_invitation(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return the link and code of an invitation. Raises NoLongerWanted for one that is answered or called back."""
    built = build_invitations(refers_to=[refers_to], now=now)[refers_to]
    if isinstance(built, kinds.NoLongerWanted):
        raise built
    return built


def build_invitations(*, refers_to: Collection[str], now: datetime) -> Mapping[str, kinds.Built]:
    """Return the link and code of each invitation, or why nobody needs its mail."""
    with system_scope(reason="mail: consent invitations"):
        found: dict[str, kinds.Built] = dict(_unwanted(refers_to))
        wanted = []
        for invitation in lock_invitations([one for one in refers_to if one not in found]):
            if invitation.answered_at:
                found[invitation.id] = kinds.NoLongerWanted("answered_already")
            elif invitation.expires_at <= now:
                found[invitation.id] = kinds.NoLongerWanted("expired")
            else:
                wanted.append(invitation)
        for minted in mint_all(wanted, Purpose.ANSWER, now=now):
            found[minted.link.request.id] = _secrets(minted, "consent-answer")
        return found


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


def build_manage(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return a guardian's link to manage. Raises NoLongerWanted where nothing of theirs is on record."""
    with system_scope(reason="mail: consent manage"):
        guardian = Guardian.objects.filter(pk=refers_to).first()
        own = own_answers(guardian, now) if guardian else None
        if guardian is None or own is None or not own.anything_on_record:
            raise kinds.NoLongerWanted("nothing_on_record")
        return _secrets(mint(guardian, Purpose.MANAGE, now=now), "consent-answers")


def build_withdrawal(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return nothing: the word of a withdrawal has no secret. Raises NoLongerWanted after a court order."""
    with system_scope(reason="mail: consent withdrawal"):
        withdrawal = Withdrawal.objects.select_related("guardian").get(pk=refers_to)
        guardian, named = withdrawal.guardian, set(withdrawal.consents.values_list("student_id", flat=True))
        barred = restricted_guardians(named)
        if guardian.restricted_at or any(barred.holds(child, guardian.id, guardian.email) for child in named):
            raise kinds.NoLongerWanted("called_back")
    return {}


def address_now(*, refers_to: str) -> str:
    """Return the address of the guardian whom a mail is about; empty where mail comes back or an order forbids it."""
    with system_scope(reason="mail: where consent mails go"):
        guardian = Guardian.objects.filter(pk=_guardian_of(refers_to), bounced_at=None, restricted_at=None).first()
    return guardian.email if guardian else ""


def mail_returned(*, mail_id: str, refers_to: str, school_id: str, address: str, reason: str, now: datetime) -> None:
    """Stop mails to the guardian whose address refused or returned one, or who reported it as unwanted."""
    with system_scope(reason="mail: consent mail came back"):
        guardian_id = _guardian_of(refers_to)
        note_bounce(guardian_id=guardian_id, code=Bounce(reason), address=address, by=MAILER, now=now)


def _guardian_of(refers_to: str) -> str:
    """Return the guardian whom a mail is about: it refers to a request, a withdrawal, or the guardian."""
    return (
        Invitation.objects.filter(pk=refers_to).values_list("guardian_id", flat=True).first()
        or Withdrawal.objects.filter(pk=refers_to).values_list("guardian_id", flat=True).first()
        or refers_to
    )


def notice_sent(*, mail_id: str, refers_to: str, school_id: str, now: datetime) -> None:
    """Note that the mail server took the direct notice, and audit it."""
    notices_sent([kinds.Sent(mail_id, refers_to, school_id)], now=now)


def notices_sent(mails: Sequence[kinds.Sent], *, now: datetime) -> None:
    """Note that the mail server took these direct notices, and audit each. Raises Invitation.DoesNotExist."""
    with system_scope(reason="mail: consent notices sent"):
        invitations = {one.id: one for one in lock_invitations([mail.refers_to for mail in mails])}
        Invitation.objects.filter(pk__in=invitations, sent_at=None).update(sent_at=now)
        children = children_of_all(invitations)
        events: list[AuditLog] = []
        for mail in mails:
            if mail.refers_to not in invitations:
                raise Invitation.DoesNotExist
            record(
                "notice.sent",
                by=MAILER,
                school_id=mail.school_id,
                resource=("invitation", mail.refers_to),
                students=children[mail.refers_to],
                data={"mail": mail.mail_id, "language": invitations[mail.refers_to].language},
                at=now,
                write=events.append,
            )
        gateway.insert_all(events)


def _wanted(invitation_id: str) -> Invitation:
    """Return the invitation, held. Raises NoLongerWanted for one that is gone, called back or under a court order."""
    if refusal := _unwanted([invitation_id]).get(invitation_id):
        raise refusal
    return lock_invitation(invitation_id)


def _unwanted(invitation_ids: Collection[str]) -> dict[str, kinds.NoLongerWanted]:
    """Return those that are gone, called back or under a court order, with the reason; the others are held."""
    held = lock_invitations(invitation_ids)
    ordered = _name_a_restricted_child(held)
    gone = set(invitation_ids) - {invitation.id for invitation in held}
    return {one: kinds.NoLongerWanted("invitation_gone") for one in gone} | {
        invitation.id: kinds.NoLongerWanted("called_back")
        for invitation in held
        if invitation.revoked_at or invitation.guardian.restricted_at or invitation.id in ordered
    }


def _name_a_restricted_child(invitations: Sequence[Invitation]) -> set[str]:
    """Return those about a child for whom a court order has come since the mail was written, which would name it.

    Before the answer a mail names all children, afterwards those that were answered for.
    """
    guardians = {invitation.id: invitation.guardian_id for invitation in invitations}
    orders = set(
        Guardianship.objects.filter(guardian_id__in=set(guardians.values()), restricted=True).values_list(
            "guardian_id", "student_id"
        )
    )
    if not orders:
        return set()
    answered = [invitation.id for invitation in invitations if invitation.answered_at]
    named = children_of_all(guardians.keys() - set(answered))
    for invitation_id, student_id in Answer.objects.filter(invitation_id__in=answered).values_list(
        "invitation_id", "student_id"
    ):
        named.setdefault(invitation_id, []).append(student_id)
    return {one for one, children in named.items() if any((guardians[one], child) in orders for child in children)}


def _secrets(minted: Minted, route: str) -> dict[str, str]:
    code = f"{minted.code[:3]} {minted.code[3:]}"
    return {
        "link": settings.PORTAL_URL + reverse(route, args=[minted.token]),
        "code": code,
        "code_page": settings.PORTAL_URL + reverse("consent-code"),
    }
