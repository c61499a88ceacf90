"""Deletes the contact of guardians who did not answer: what every notice promises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.outcomes import cancel_waiting
from classwaves_admin.warehouse.models import NotificationQueue, Student
from classwaves_admin.warehouse.outbox import gateway
from consent.models import Guardian, Guardianship
from consent.queries.unanswered import addresses_on_record, ended_without_answer, silent_guardians

# So many guardians are looked up together; each is forgotten in a transaction of its own.
PART = 200


def forget_unanswered(*, by: Actor, now: datetime) -> int:
    """Delete the e-mail address of every guardian who let the time of a request pass without an answer.

    16 CFR 312.5(c)(1): contact that was collected to ask for consent is deleted where none comes within a
    reasonable time; `CONSENT_INVITATION_DAYS` is that time. The roster may name the address again later.
    Return how many were forgotten. A run that is cut short is finished by the next one.
    """
    ids = list(silent_guardians(now).values_list("pk", flat=True))
    return sum(_forget_part(ids[start : start + PART], by=by, now=now) for start in range(0, len(ids), PART))


def _forget_part(ids: list[str], *, by: Actor, now: datetime) -> int:
    guardians = list(Guardian.objects.filter(pk__in=ids))
    children = Guardianship.objects.filter(guardian__in=guardians).values_list("student_id", flat=True)
    family = dict(Student.objects.filter(id__in=set(children)).values_list("id", "parent_email"))
    kept: set[tuple[str, str]] = set()
    for school_id in {guardian.school_id for guardian in guardians}:
        addresses = [guardian.email for guardian in guardians if guardian.school_id == school_id]
        kept |= {(school_id, address) for address in addresses_on_record(school_id, addresses)}
    return sum(
        _forget(guardian.pk, family, by=by, now=now)
        for guardian in guardians
        if (guardian.school_id, guardian.email.lower()) not in kept
    )


@transaction.atomic
def _forget(guardian_id: str, family: Mapping[str, str | None], *, by: Actor, now: datetime) -> bool:
    """Forget one guardian, unless an answer or a new request has come in between.

    `family` is the one address that the catalog keeps for each student.
    """
    guardian = silent_guardians(now).select_for_update(of=("self",)).filter(pk=guardian_id).first()
    if guardian is None:
        return False
    ended = list(ended_without_answer(now).filter(guardian=guardian))
    cancel_waiting(refers_to=[one.pk for one in ended], reason="contact_deleted", now=now)
    for mail_id in OutgoingMail.objects.filter(refers_to__in=[one.pk for one in ended]).values_list("pk", flat=True):
        gateway.update(NotificationQueue, mail_id, recipient_address="")
    for invitation in ended:
        invitation.contact_deleted_at = now
        invitation.save(update_fields=["contact_deleted_at"])
    children = list(Guardianship.objects.filter(guardian=guardian).values_list("student_id", flat=True))
    for student_id in children:
        if _is_theirs_alone(family.get(student_id), guardian, student_id):
            gateway.update(Student, student_id, parent_email=None, updated_at=now)
    guardian.move_to("", now=now)
    record(
        "deletion.completed",
        by=by,
        school_id=guardian.school_id,
        resource=("guardian", guardian.pk),
        students=children,
        data={"what": "contact", "reason": "no_answer"},
        at=now,
    )
    return True


def _is_theirs_alone(address: str | None, guardian: Guardian, student_id: str) -> bool:
    """Tell whether the family's address is this guardian's, and no other guardian of the student has it too."""
    if (address or "").strip().casefold() != guardian.email.strip().casefold():
        return False
    others = Guardianship.objects.filter(student_id=student_id, guardian__email__iexact=guardian.email)
    return not others.exclude(guardian=guardian).exists()
