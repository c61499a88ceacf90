"""The second step: the guardian shows that they hold the address (16 CFR 312.5(b)(2)(vi))."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import School, Student
from consent.actions.answer import InvitationClosed
from consent.actions.changes import Change, changes_for, said_by, write_flags
from consent.actions.locks import lock_children, lock_invitation
from consent.actions.mail import queue_receipt
from consent.actions.verified import mark_verified
from consent.models import Answer, Invitation, Link
from consent.models.links import Purpose
from consent.queries.families import answers_for
from consent.queries.links import LinkState, state_of_link
from consent.queries.rows import facts_of
from consent.rules.methods import email_plus_allowed
from consent.vocabulary import InvitationState, VerificationMethod

METHOD = VerificationMethod.EMAIL_PLUS


def verify_answers(*, link: Link, by: Actor, now: datetime) -> bool:
    """Verify the answers behind a link and raise the flags that follow, last of all.

    Return whether anything was verified: a second use of the link changes nothing. Older answers of
    the same guardian end with it. Answers for which a mail is not enough by now stay unverified.
    Raises InvitationClosed for a link that is expired, revoked or made for something else.
    """
    with transaction.atomic():
        invitation = lock_invitation(link.request.id)
        link = Link.objects.select_for_update(of=("self",)).select_related("invitation__guardian").get(pk=link.pk)
        state = state_of_link(link, now)
        if link.purpose != Purpose.VERIFY or state in {LinkState.EXPIRED, LinkState.REVOKED}:
            raise InvitationClosed(InvitationState.EXPIRED if state is LinkState.EXPIRED else InvitationState.REVOKED)
        if state is LinkState.USED:
            return False
        waiting = _waiting(invitation)
        children = {answer.student_id for answer in waiting}
        lock_children(children)
        children = answers_for(invitation.guardian_id, children)
        changes = changes_for(dict.fromkeys(children, invitation.school_id), now)
        verified = [
            _verify_for(change, [one for one in waiting if one.student_id == change.student_id], by=by, now=now)
            for change in changes.values()
        ]
        finish(invitation, children, now=now, anything=any(verified))
    return any(verified)


def _waiting(invitation: Invitation) -> list[Answer]:
    return list(
        Answer.objects.filter(
            invitation=invitation, awaits_second_step=True, given=True, verified_at=None, revoked_at=None
        ).select_related("guardian")
    )


def _verify_for(change: Change, answers: list[Answer], *, by: Actor, now: datetime) -> bool:
    """Verify one child's answers: rows, older rows that end, audit, flags last. Return whether there was one."""
    present = {row.id: row for row in facts_of(change.consents) if row.revoked_at is None}
    allowed = [one for one in answers if one.consent_id in present and _mail_is_enough(one, change)]
    if allowed:
        guardian = allowed[0].guardian
        mark_verified(
            change,
            [present[one.consent_id] for one in allowed],
            said_by(guardian.id, guardian.email, change.consents),
            method=METHOD,
            at=now,
            school_id=guardian.school_id,
            by=by,
            now=now,
        )
    write_flags(change, now=now)
    return bool(allowed)


def _mail_is_enough(answer: Answer, change: Change) -> bool:
    """Ask the rule again: the child's age record or the school's statement may have changed since."""
    return email_plus_allowed(
        answer.consent_type,
        under_13=change.about.under_13,
        internal_operations_only=change.about.internal_operations_only,
    )


def finish(invitation: Invitation, children: set[str], *, now: datetime, anything: bool) -> None:
    """Use up the links, and tell the guardian what is on record now where anything was verified."""
    Link.objects.filter(invitation=invitation, purpose=Purpose.VERIFY, used_at=None).update(used_at=now)
    Answer.objects.filter(invitation=invitation, awaits_second_step=True).update(awaits_second_step=False)
    if not anything:
        return
    invitation.verified_at = now
    invitation.save(update_fields=["verified_at"])
    school = School.objects.get(id=invitation.school_id)
    students = Student.objects.filter(school_id=invitation.school_id, id__in=children)
    queue_receipt(invitation, school, list(students), now=now)
