"""Sends a fresh link: for a guardian who asks, and for staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rules import is_address
from classwaves_admin.schools.values import value
from consent.actions.locks import lock_invitation
from consent.actions.mail import queue_invitation, queue_verification
from consent.models import Answer, Invitation
from consent.queries.answer_page import AnswerPage, answer_page
from consent.queries.families import invitation_state
from consent.rules.sending_again import NotAgain, Sending, why_not_again
from consent.vocabulary import InvitationState


def send_fresh_links(*, address: str, by: Actor, now: datetime) -> int:
    """Mail fresh links for what waits for the owner of an address; return how many mails were queued.

    The caller must not show the number: it tells whether the address is on file.
    """
    waiting = Invitation.objects.filter(
        guardian__email__iexact=address.strip(), guardian__restricted_at=None, revoked_at=None, verified_at=None
    ).order_by("guardian_id", "-created_at")
    latest = {invitation.guardian_id: invitation.id for invitation in reversed(waiting)}
    return sum(send_again(invitation_id=invitation_id, by=by, now=now) is None for invitation_id in latest.values())


def send_again(*, invitation_id: str, by: Actor, now: datetime) -> NotAgain | None:
    """Mail the request, or the second step where it was answered; return why not, None where a mail was queued.

    The rule says when (`rules.sending_again`). A request that had run out is open again for its full time; children
    whom the guardian may not answer for any more are taken out of it. Raises Invitation.DoesNotExist, and
    NoticeIncomplete where the school's notice has a blank.
    """
    with transaction.atomic():
        invitation = lock_invitation(invitation_id)
        state = invitation_state(invitation, now)
        if refusal := why_not_again(_sending(invitation, state, by, now), now):
            return refusal
        page = answer_page(invitation, invitation.language)
        if not page.children or not _queue(page, state, now):
            return NotAgain.NOTHING_WAITS
        invitation.mailed_at = now
        invitation.save(update_fields=["mailed_at", "expires_at"])
        _audit(page, by, now)
    return None


def _sending(invitation: Invitation, state: InvitationState, by: Actor, now: datetime) -> Sending:
    guardian = invitation.guardian
    return Sending(
        state=state,
        has_address=is_address(guardian.email),
        mailed_at=invitation.mailed_at,
        mails_of_a_day=_mails_of_a_day(invitation, now),
        own_wish=by.type is ActorType.PARENT,
        restricted=guardian.restricted_at is not None,
        bounced=guardian.bounced_at is not None,
    )


def _queue(page: AnswerPage, state: InvitationState, now: datetime) -> bool:
    invitation = page.invitation
    if state is InvitationState.ANSWERED:
        if not Answer.objects.filter(invitation=invitation, awaits_second_step=True).exists():
            return False
        queue_verification(invitation, page.school, page.children, now=now)
        return True
    invitation.children.exclude(student_id__in=[child.id for child in page.children]).delete()
    invitation.expires_at = now + timedelta(days=value(invitation.school_id, "consent.invitation_days").value)
    queue_invitation(invitation, page.school, page.children, page.notices, now=now)
    return True


def _mails_of_a_day(invitation: Invitation, now: datetime) -> int:
    return OutgoingMail.objects.filter(refers_to=invitation.id, created_at__gt=now - timedelta(days=1)).count()


def _audit(page: AnswerPage, by: Actor, now: datetime) -> None:
    record(
        "consent.requested",
        by=by,
        school_id=page.invitation.school_id,
        resource=("invitation", page.invitation.id),
        students=[child.id for child in page.children],
        data={"again": True, "language": page.invitation.language},
        at=now,
    )
