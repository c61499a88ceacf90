"""Sends a fresh link: for a guardian who asks, and for staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rules import is_address
from consent.actions.locks import lock_invitation
from consent.actions.mail import queue_invitation, queue_verification
from consent.models import Answer, Invitation
from consent.queries.answer_page import AnswerPage, answer_page
from consent.queries.families import invitation_state
from consent.vocabulary import InvitationState

# Nobody's inbox is filled by pressing a button again and again.
PAUSE = timedelta(minutes=10)
# Mails of one request in a day that anyone who knows the address can cause; each brings a code to guess.
MOST_A_DAY = 4
_CLOSED = frozenset({InvitationState.REVOKED, InvitationState.VERIFIED})


def send_fresh_links(*, address: str, by: Actor, now: datetime) -> int:
    """Mail fresh links for what waits for the owner of an address; return how many mails were queued.

    The caller must not show the number: it tells whether the address is on file.
    """
    waiting = Invitation.objects.filter(
        guardian__email__iexact=address.strip(), guardian__restricted_at=None, revoked_at=None, verified_at=None
    ).order_by("guardian_id", "-created_at")
    latest = {invitation.guardian_id: invitation.id for invitation in reversed(waiting)}
    return sum(send_again(invitation_id=invitation_id, by=by, now=now) for invitation_id in latest.values())


def send_again(*, invitation_id: str, by: Actor, now: datetime) -> bool:
    """Mail the request, or the second step where it was answered; return whether a mail was queued.

    Nothing is sent twice within PAUSE, nor for what is finished, called back or under a court order;
    somebody without an account causes at most MOST_A_DAY mails of a request in a day. A request that had
    run out is open again for its full time; children whom the guardian may not answer for any more are
    taken out of it. Raises Invitation.DoesNotExist.
    """
    with transaction.atomic():
        invitation = lock_invitation(invitation_id)
        state = invitation_state(invitation, now)
        recently = invitation.mailed_at is not None and invitation.mailed_at > now - PAUSE
        guardian = invitation.guardian
        if by.type is ActorType.PARENT and _mails_of_a_day(invitation, now) >= MOST_A_DAY:
            return False
        if state in _CLOSED or recently or guardian.restricted_at or not is_address(guardian.email):
            return False
        page = answer_page(invitation, invitation.language)
        if not page.children or not _queue(page, state, now):
            return False
        invitation.mailed_at = now
        invitation.save(update_fields=["mailed_at", "expires_at"])
        _audit(page, by, now)
    return True


def _queue(page: AnswerPage, state: InvitationState, now: datetime) -> bool:
    invitation = page.invitation
    if state is InvitationState.ANSWERED:
        if not Answer.objects.filter(invitation=invitation, awaits_second_step=True).exists():
            return False
        queue_verification(invitation, page.school, page.children, now=now)
        return True
    invitation.children.exclude(student_id__in=[child.id for child in page.children]).delete()
    invitation.expires_at = now + timedelta(days=settings.CONSENT_INVITATION_DAYS)
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
