"""Records what guardians said on paper, in person or by call, as staff checked it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.db import transaction

from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.answer import Answers, UnfitAnswers, note_answers
from consent.actions.changes import Change, changes_for, end_rows, flag_conflicts, lower_flags, said_by, write_flags
from consent.actions.evidence import Checked, keep_evidence, stored
from consent.actions.locks import lock_guardian
from consent.actions.notices import keep_notices
from consent.actions.paper import use_form
from consent.actions.rows import Signature, catalog_row, new_answer
from consent.actions.verified import mark_verified, note_verified
from consent.actions.verify import finish
from consent.models import Answer, Evidence, Invitation
from consent.notices.texts import Notice
from consent.queries.families import answers_for
from consent.queries.rows import facts_of, facts_of_fresh
from consent.rules.dependencies import contradictions
from consent.rules.methods import STAFF_METHODS
from consent.rules.signed import moment_of, replaced, said_later, waiting
from consent.vocabulary import PARENTAL_RELATIONSHIPS, ConsentType, Relationship

# A guardian for a child, an adult student for themselves.
MAY_SIGN = PARENTAL_RELATIONSHIPS | {Relationship.SELF}


class MayNotAnswer(Exception):
    """The guardian cannot answer for one of the children: a court order, an ended tie, unknown authority, an adult."""


class SaidLater(Exception):
    """The guardian answered the same on a later day. `types` names what; the later answer stands."""

    def __init__(self, types: Collection[str]) -> None:
        super().__init__(", ".join(sorted(types)))
        self.types = tuple(sorted(types))


@dataclass(frozen=True, slots=True)
class _Paper:
    """What is written down: who signed under which notices, and how it was checked."""

    signature: Signature
    notices: Sequence[Notice]
    checked: Checked
    at: datetime
    zone: tzinfo


def record_signed_answers(
    *,
    guardian_id: str,
    answers: Answers,
    notices: Sequence[Notice],
    signer_name: str,
    relationship: str,
    checked: Checked,
    by: Actor,
    now: datetime,
    form_id: str | None = None,
) -> Evidence:
    """Record answers that staff checked: they are verified at once, sharing with a third party included.

    `answers` names for each child the types that were answered; what was left blank stays as it was. A no
    takes effect first: flags that fall are written before anything else, flags that rise last. The
    guardian's older answers to the same end. An open request stays open: what the guardian answers there
    later is a changed mind. Raises MayNotAnswer, SaidLater, UnfitAnswers, and FormSpent for a printed form
    (`form_id`) that was used already.
    """
    _check(answers, notices, signer_name, relationship, checked)
    with stored(checked.scan) as file, transaction.atomic():
        guardian = lock_guardian(guardian_id, also=list(answers))
        if form_id is not None:
            use_form(form_id=form_id, now=now)
        if answers_for(guardian.id, list(answers)) != set(answers):
            raise MayNotAnswer
        zone = time_zone(guardian.school_id)
        paper = _Paper(
            Signature(guardian, None, " ".join(signer_name.split()), relationship, by),
            notices,
            checked,
            moment_of(checked.on, now, zone),
            zone,
        )
        changes = changes_for(dict.fromkeys(answers, guardian.school_id), now)
        fresh = {change.student_id: _prepare(change, answers[change.student_id], paper) for change in changes.values()}
        keep_notices(notices, now=now)
        for change in changes.values():
            lower_flags(change, now=now)
        for change in changes.values():
            _write(change, fresh[change.student_id], paper, now=now)
        pairs = [(one.consent_id, one.student_id) for rows in fresh.values() for one in rows]
        evidence = keep_evidence(guardian, checked, file, pairs, by=by, now=now)
        for change in changes.values():
            write_flags(change, now=now)
    return evidence


def verify_with_check(
    *, guardian_id: str, student_id: str, consent_ids: Collection[str], checked: Checked, by: Actor, now: datetime
) -> int:
    """Verify answers of a guardian that wait, by a check of the staff's own; return how many. Flags come last.

    For answers that no mail can verify, and for a second step that never came. What does not wait any
    more is left alone. Raises MayNotAnswer.
    """
    if checked.method not in STAFF_METHODS:
        raise UnfitAnswers("Staff cannot record this method.")
    with stored(checked.scan) as file, transaction.atomic():
        guardian = lock_guardian(guardian_id, also=[student_id])
        if answers_for(guardian.id, [student_id]) != {student_id}:
            raise MayNotAnswer
        change = changes_for({student_id: guardian.school_id}, now)[student_id]
        own = said_by(guardian.id, guardian.email, change.consents)
        rows = [row for row in waiting(facts_of(own), change.about, now) if row.id in consent_ids]
        if not rows:
            raise UnfitAnswers("None of these answers waits any more.")
        at = moment_of(checked.on, now, time_zone(guardian.school_id))
        mark_verified(change, rows, own, method=checked.method, at=at, school_id=guardian.school_id, by=by, now=now)
        keep_evidence(guardian, checked, file, [(row.id, student_id) for row in rows], by=by, now=now)
        write_flags(change, now=now)
        _finish_requests([row.id for row in rows], now=now)
    return len(rows)


def _check(answers: Answers, notices: Sequence[Notice], signer_name: str, relationship: str, checked: Checked) -> None:
    if not signer_name.strip() or relationship not in MAY_SIGN:
        raise UnfitAnswers("An answer needs a name and a relationship to the child.")
    if checked.method not in STAFF_METHODS or not checked.reference.strip():
        raise UnfitAnswers("What staff check has a method of theirs and a reference.")
    shown = {notice.consent_type for notice in notices}
    if not answers or not all(answers.values()):
        raise UnfitAnswers("Nothing was answered.")
    for said in answers.values():
        if not set(said) <= shown:
            raise UnfitAnswers("An answer needs the notice that was shown.")
        if any(said.get(needed) is False for needed in contradictions(said).values()):
            raise UnfitAnswers("A yes rests on a no.")


def _prepare(change: Change, said: Mapping[ConsentType, bool], paper: _Paper) -> list[Answer]:
    """Fill the change and return the new answers of one child. Raises MayNotAnswer and SaidLater."""
    if change.about.adult is not (paper.signature.relationship == Relationship.SELF):  # 34 CFR 99.5
        raise MayNotAnswer
    guardian = paper.signature.guardian
    own = facts_of(said_by(guardian.id, guardian.email, change.consents))
    if later := said_later(own, set(said), paper.checked.on, paper.zone):
        raise SaidLater({row.consent_type for row in later})
    fresh = [
        _answer(change.student_id, notice, paper, given=said[notice.consent_type])
        for notice in paper.notices
        if notice.consent_type in said
    ]
    change.added = facts_of_fresh(fresh)
    change.ended = replaced(own, set(said))
    return fresh


def _answer(student_id: str, notice: Notice, paper: _Paper, *, given: bool) -> Answer:
    answer = new_answer(
        paper.signature,
        student_id=student_id,
        consent_type=notice.consent_type,
        given=given,
        notice_id=notice.version,
        awaits_second_step=False,
        now=paper.at,
    )
    if given:
        answer.method, answer.verified_at = paper.checked.method.value, paper.at
    return answer


def _write(change: Change, fresh: list[Answer], paper: _Paper, *, now: datetime) -> None:
    """Write one child's answers: older rows that end, new rows, audit."""
    by, school_id = paper.signature.by, paper.signature.guardian.school_id
    end_rows(change, now=now)
    Answer.objects.bulk_create(fresh)
    gateway.insert(*(catalog_row(answer, by, recorded_at=now) for answer in fresh))
    note_answers(change.student_id, fresh, by=by, now=now)
    if granted := [row for row in change.added if row.given]:
        note_verified(change.student_id, granted, paper.checked.method, school_id=school_id, by=by, now=now)
    flag_conflicts(change, school_id=school_id, by=by, now=now)


def _finish_requests(consent_ids: Collection[str], *, now: datetime) -> None:
    """Use up the second step of each request in which nothing waits any more, and send what is on record now."""
    answered = Answer.objects.filter(consent_id__in=consent_ids).exclude(invitation=None)
    requests = Invitation.objects.filter(
        pk__in=answered.values("invitation_id"), verified_at=None, revoked_at=None
    ).select_related("guardian")
    for invitation in requests:
        theirs = Answer.objects.filter(invitation=invitation)
        if not theirs.filter(awaits_second_step=True).exists():
            finish(invitation, set(theirs.values_list("student_id", flat=True)), now=now, anything=True)
