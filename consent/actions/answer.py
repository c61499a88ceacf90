"""Records what a guardian answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.changes import Change, changes_for, end_rows, flag_conflicts, lower_flags, said_by
from consent.actions.locks import lock_children, lock_invitation
from consent.actions.mail import queue_receipt, queue_verification
from consent.actions.notices import keep_notices
from consent.actions.rows import Signature, catalog_row, new_answer
from consent.models import Answer, Invitation, Link
from consent.models.links import Purpose
from consent.notices.texts import Notice
from consent.queries.answer_page import AnswerPage
from consent.queries.families import answers_for, invitation_state
from consent.queries.rows import facts_of_fresh
from consent.rules.dependencies import contradictions
from consent.rules.invitations import OUTSTANDING
from consent.rules.methods import email_plus_allowed
from consent.rules.status import row_status
from consent.vocabulary import (
    ASKED_TYPES,
    PARENTAL_RELATIONSHIPS,
    ConsentType,
    InvitationState,
    Relationship,
    RowStatus,
)

Answers = Mapping[str, Mapping[ConsentType, bool]]

# What a fresh yes replaces at once; older answers in force stand until it is verified.
_LOOSE = frozenset({RowStatus.UNVERIFIED, RowStatus.PENDING})


class InvitationClosed(Exception):
    """An invitation that cannot be answered any more. `state` says why."""

    def __init__(self, state: InvitationState) -> None:
        super().__init__(state.value)
        self.state = state


class UnfitAnswers(ValueError):
    """Answers that are not one yes or no for each child and type, or that contradict each other."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer. `repeated` tells that it had been given before and nothing was written."""

    repeated: bool = False
    awaits_second_step: bool = False


def record_answers(
    *,
    page: AnswerPage,
    answers: Answers,
    signer_name: str,
    relationship: str,
    by: Actor,
    now: datetime,
    language: str = "",
) -> Answered:
    """Record one yes or no for each child and type of an invitation, and queue the next mail.

    A no takes effect at once: flags are lowered before anything else is written. A yes raises nothing
    until it is verified, and `third_party_disclosure` is never verified by mail. A second call for
    the same invitation changes nothing. `language` is that of the mails that follow, the notice's unless
    given. Raises InvitationClosed and UnfitAnswers.
    """
    _check(page, answers, signer_name, relationship)
    with transaction.atomic():
        invitation = lock_invitation(page.invitation.id)
        if invitation.answered_at:
            return Answered(repeated=True, awaits_second_step=_awaits(invitation))
        state = invitation_state(invitation, now)
        if state not in OUTSTANDING or invitation.guardian.restricted_at:
            raise InvitationClosed(state if state not in OUTSTANDING else InvitationState.REVOKED)
        lock_children(list(answers))
        if answers_for(invitation.guardian_id, list(answers)) != set(answers):
            raise InvitationClosed(InvitationState.REVOKED)
        keep_notices(page.notices, now=now)
        invitation.language = language or page.notices[0].language
        invitation.answered_at = now
        invitation.save(update_fields=["language", "answered_at"])
        Link.objects.filter(invitation=invitation, purpose=Purpose.ANSWER, used_at=None).update(used_at=now)
        signature = Signature(invitation.guardian, invitation, " ".join(signer_name.split()), relationship, by)
        for change in changes_for(dict.fromkeys(answers, invitation.school_id), now).values():
            _answer_for(change, answers[change.student_id], signature, page.notices, now=now)
        awaits = _awaits(invitation)
        (queue_verification if awaits else queue_receipt)(invitation, page.school, page.children, now=now)
        if awaits:
            invitation.mailed_at = now
            invitation.save(update_fields=["mailed_at"])
    return Answered(awaits_second_step=awaits)


def _check(page: AnswerPage, answers: Answers, signer_name: str, relationship: str) -> None:
    fit = {Relationship.SELF} if page.own else PARENTAL_RELATIONSHIPS
    if not signer_name.strip() or relationship not in fit:
        raise UnfitAnswers("An answer needs a name and a relationship to the child.")
    if set(answers) != {child.id for child in page.children}:
        raise UnfitAnswers("Each child of the invitation needs an answer, and no other.")
    for said in answers.values():
        if set(said) != set(ASKED_TYPES):
            raise UnfitAnswers("Each type of consent needs an answer, and no other.")
        if contradictions(said):
            raise UnfitAnswers("A yes rests on a no.")


def _awaits(invitation: Invitation) -> bool:
    return Answer.objects.filter(invitation=invitation, awaits_second_step=True).exists()


def _answer_for(
    change: Change,
    said: Mapping[ConsentType, bool],
    signature: Signature,
    notices: tuple[Notice, ...],
    *,
    now: datetime,
) -> None:
    """Write one child's answers: flags that fall, older rows that end, new rows, audit."""
    fresh = [
        new_answer(
            signature,
            student_id=change.student_id,
            consent_type=notice.consent_type,
            given=said[notice.consent_type],
            notice_id=notice.version,
            awaits_second_step=said[notice.consent_type] and _mail_is_enough(notice.consent_type, change),
            now=now,
        )
        for notice in notices
    ]
    change.added = facts_of_fresh(fresh)
    change.ended = _replaced(change, said, signature, now)
    lower_flags(change, now=now)
    end_rows(change, now=now)
    Answer.objects.bulk_create(fresh)
    gateway.insert(*(catalog_row(answer, signature.by) for answer in fresh))
    note_answers(change.student_id, fresh, by=signature.by, now=now)
    flag_conflicts(change, school_id=signature.guardian.school_id, by=signature.by, now=now)


def _mail_is_enough(consent_type: ConsentType, change: Change) -> bool:
    return email_plus_allowed(
        consent_type,
        under_13=change.about.under_13,
        internal_operations_only=change.about.internal_operations_only,
    )


def _replaced(change: Change, said: Mapping[ConsentType, bool], signature: Signature, now: datetime) -> set[str]:
    """Return the guardian's own older rows that end with these answers."""
    own = said_by(signature.guardian.id, signature.guardian.email, change.consents)
    older = [consent.facts for consent in own if consent.facts.revoked_at is None]
    return {
        row.id
        for row in older
        for consent_type, yes in said.items()
        if row.consent_type == consent_type and (not yes or row_status(row, now) in _LOOSE)
    }


def note_answers(student_id: str, answers: Sequence[Answer], *, by: Actor, now: datetime) -> None:
    """Audit one student's fresh answers: what was granted, and what was refused."""
    for event, given in (("consent.granted", True), ("consent.refused", False)):
        if of_kind := [answer for answer in answers if answer.given is given]:
            record(
                event,
                by=by,
                school_id=of_kind[0].school_id,
                resource=("student", student_id),
                students=[student_id],
                data={
                    "types": [answer.consent_type for answer in of_kind],
                    "consents": [answer.consent_id for answer in of_kind],
                    "notices": [answer.notice_id for answer in of_kind if answer.notice_id],
                },
                at=now,
            )
