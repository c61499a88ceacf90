"""Lets a guardian come back to their answers: a link by mail, and the way to answer again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from audit.events import Basis
from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rules import is_address
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import School
from consent.actions.links import Minted, mint
from consent.actions.locks import lock_guardian
from consent.actions.mail import MANAGE, queue_manage
from consent.models import Guardian, Guardianship, Invitation, InvitationChild
from consent.models.links import Purpose
from consent.queries.families import answers_for, asked_and_open
from consent.queries.own_answers import OwnAnswers
from consent.rules.sending_again import MOST_A_DAY, PAUSE


def send_links_to_manage(*, address: str, by: Actor, now: datetime) -> int:
    """Mail a link to every guardian with this address; return how many mails were queued.

    The caller must not show the number. Whether there is an answer on record is looked up when the mail is
    built: without one it is not sent. At most one mail in PAUSE and MOST_A_DAY in a day.
    """
    found = Guardian.objects.filter(email__iexact=address.strip(), restricted_at=None)
    return sum(_send(guardian_id, now) for guardian_id in found.order_by("pk").values_list("pk", flat=True))


def _send(guardian_id: str, now: datetime) -> bool:
    with transaction.atomic():
        guardian = Guardian.objects.select_for_update(no_key=True).get(pk=guardian_id)
        mails = OutgoingMail.objects.filter(kind=MANAGE, refers_to=guardian.id, created_at__gt=now - timedelta(days=1))
        if not is_address(guardian.email) or not Guardianship.objects.filter(guardian=guardian).exists():
            return False
        if mails.count() >= MOST_A_DAY or mails.filter(created_at__gt=now - PAUSE).exists():
            return False
        queue_manage(guardian, School.objects.get(id=guardian.school_id), now=now)
    return True


def answer_again(*, guardian: Guardian, student_ids: Collection[str], by: Actor, now: datetime) -> Minted | None:
    """Open a request by the guardian's own wish, and return a link to its questions; None where there is no child.

    A request that the school has open for one of these children is used. The new answers go the way of all
    answers: a no at once, a yes through the second step. A request that is left alone ends with the hours of the
    link to manage.
    """
    with transaction.atomic():
        lock_guardian(guardian.id)  # a second tab finds the request of the first
        allowed = answers_for(guardian.id, student_ids)
        if not allowed:
            return None
        invitation = _open_request(guardian, allowed, now) or _request(guardian, allowed, by=by, now=now)
        return mint(invitation, Purpose.ANSWER, now=now)


def _open_request(guardian: Guardian, student_ids: Collection[str], now: datetime) -> Invitation | None:
    if not asked_and_open([guardian.id], now) & {(guardian.id, student_id) for student_id in student_ids}:
        return None
    open_ones = Invitation.objects.filter(
        guardian=guardian, answered_at=None, revoked_at=None, expires_at__gt=now, children__student_id__in=student_ids
    )
    return open_ones.order_by("-created_at").first()


def _request(guardian: Guardian, student_ids: Collection[str], *, by: Actor, now: datetime) -> Invitation:
    """Write a request that nobody mails: the guardian is on its page already."""
    invitation = Invitation.objects.create(
        school_id=guardian.school_id,
        guardian=guardian,
        requested_by=by.id,
        language=guardian.language,
        created_at=now,
        opened_at=now,
        expires_at=now + value(guardian.school_id, "consent.manage_link").value,
    )
    InvitationChild.objects.bulk_create(
        [InvitationChild(invitation=invitation, student_id=student_id) for student_id in sorted(student_ids)]
    )
    record(
        "consent.viewed",
        by=by,
        school_id=guardian.school_id,
        resource=("invitation", invitation.id),
        students=student_ids,
        data={"own_wish": True},
        at=now,
    )
    return invitation


def note_receipt(*, own: OwnAnswers, sha256: str, by: Actor, now: datetime) -> None:
    """Record that a guardian took their receipt away: of whom, and the fingerprint of the file."""
    with transaction.atomic():
        record(
            "report.generated",
            by=by,
            school_id=own.guardian.school_id,
            resource=("report", "consent_receipt"),
            students=[child.student.id for child in own.children if child.answers],
            basis=Basis.PARENT_OR_STUDENT,
            data={"format": "pdf", "rows": sum(len(child.answers) for child in own.children), "sha256": sha256},
            at=now,
        )
