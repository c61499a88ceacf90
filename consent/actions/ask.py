"""Asks guardians for consent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.actions.locks import lock_children
from consent.actions.mail import queue_invitation
from consent.actions.notices import keep_notices
from consent.models import Guardian, Invitation, InvitationChild
from consent.notices.texts import Notice, NoticeIncomplete, SchoolFacts, missing_slots, written
from consent.queries.asking import whom_to_ask
from consent.queries.notices import school_facts
from consent.rules.asking import Skip
from consent.rules.names import first_name
from consent.vocabulary import ASKED_TYPES


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: requests made, children in them, children nobody can be asked about, reasons."""

    invitation_ids: tuple[str, ...]
    children: int
    without_guardian: int
    skipped: Mapping[Skip, int]


def ask_for_consent(
    *, school_id: str, student_ids: Collection[str], by: Actor, now: datetime, guardian_id: str | None = None
) -> Asked:
    """Ask the guardians of active students of one school, or one guardian alone, and queue the mails.

    One guardian gets one invitation for all of the children. Who is skipped, and why, is counted.
    Asking twice asks once. Raises NoticeIncomplete, with nothing written, where the notice or a
    child's name has a blank, and School.DoesNotExist.
    """
    students = {
        student.id: student
        for student in Student.objects.filter(school_id=school_id, id__in=student_ids, status="active")
    }
    facts = school_facts(school_id)
    with transaction.atomic():
        lock_children(list(students))
        plan = whom_to_ask(list(students), now, guardian_id=guardian_id)
        _check_notice(facts, plan.askable, students)
        invitations = tuple(
            _invite(guardian, [students[child] for child in children], facts, by=by, now=now)
            for guardian, children in plan.askable.items()
        )
    return Asked(invitations, plan.children, plan.without_guardian, plan.skipped)


def _check_notice(facts: SchoolFacts, askable: Mapping[Guardian, list[str]], students: Mapping[str, Student]) -> None:
    """Raise NoticeIncomplete where a slot of the direct notice is blank (312.4(c)), a child's name included."""
    missing = set(missing_slots(facts, {guardian.language for guardian in askable}))
    children = {child for ids in askable.values() for child in ids}
    if any(not first_name(students[child].display_name) for child in children):
        missing.add("child")
    if missing:
        raise NoticeIncomplete(missing)


def _invite(guardian: Guardian, children: list[Student], facts: SchoolFacts, *, by: Actor, now: datetime) -> str:
    notices: tuple[Notice, ...] = written(facts, guardian.language)
    keep_notices(notices, now=now)
    invitation = Invitation.objects.create(
        school_id=facts.school.id,
        guardian=guardian,
        requested_by=by.id,
        language=notices[0].language,
        created_at=now,
        mailed_at=now,
        expires_at=now + timedelta(days=settings.CONSENT_INVITATION_DAYS),
    )
    InvitationChild.objects.bulk_create(
        [InvitationChild(invitation=invitation, student_id=child.id) for child in children]
    )
    record(
        "consent.requested",
        by=by,
        school_id=facts.school.id,
        resource=("invitation", invitation.id),
        students=[child.id for child in children],
        data={
            "types": [consent_type.value for consent_type in ASKED_TYPES],
            "language": invitation.language,
            "notices": [notice.version for notice in notices],
        },
        at=now,
    )
    queue_invitation(invitation, facts.school, children, notices, now=now)
    return invitation.id
