"""Asks a student whose rights have passed for their own consent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.rules import is_address
from classwaves_admin.warehouse.models import Student
from consent.actions.ask import Asked, ask_for_consent
from consent.actions.locks import lock_students
from consent.actions.moving import leave_addresses
from consent.actions.rights import own_contact
from consent.models import Guardian, Guardianship, NotInvited, RightsTransfer
from consent.notices.texts import NoticeIncomplete
from consent.rules.asking import Skip
from consent.vocabulary import Relationship

# Whoever has a request already, or an answer on record, needs no other.
_DONE = frozenset({Skip.OUTSTANDING, Skip.ANSWERED})


def invite_student(*, student: Student, by: Actor, now: datetime) -> bool:
    """Ask an adult student for their own consent, at the address of the roster or of the office.

    Return whether they were asked.

    What stands in the way is noted on the transfer and shown to the office; the nightly check tries again.
    A student who was asked once is not asked again here. Does nothing without a transfer. Without an address the
    student becomes a contact of their own all the same, whom the office can ask in person or on paper.
    """
    with transaction.atomic():
        lock_students([student.id])
        transfer = RightsTransfer.objects.select_for_update().filter(student_id=student.id).first()
        if transfer is None or transfer.invited_at:
            return False
        reason = _invite(student, by=by, now=now)
        transfer.school_id = student.school_id
        transfer.not_invited = reason or ""
        transfer.invited_at = None if reason else now
        transfer.save(update_fields=["school_id", "not_invited", "invited_at"])
    return reason is None


def _invite(student: Student, *, by: Actor, now: datetime) -> NotInvited | None:
    """Ask the student, or return why not. Without an address they are a contact all the same, to be asked on paper."""
    if student.status != "active":
        return NotInvited.INACTIVE
    of_roster = (student.email or "").strip()
    obstacle = _obstacle(student, of_roster)
    contact = _contact(student, "" if obstacle else of_roster, by=by, now=now)
    if obstacle and contact.email:  # the office has stated another address
        obstacle = _obstacle(student, contact.email)
    return obstacle or _ask(student, contact, by=by, now=now)


def _obstacle(student: Student, address: str) -> NotInvited | None:
    """Return why the student cannot be asked there. An address that is also a parent's would ask the parent."""
    if not is_address(address):
        return NotInvited.NO_ADDRESS
    family = Guardianship.objects.filter(student_id=student.id).exclude(relationship=Relationship.SELF)
    shared = family.filter(guardian__email__iexact=address).exists()
    if shared or (student.parent_email or "").strip().casefold() == address.casefold():
        return NotInvited.SHARED_ADDRESS
    return None


def _ask(student: Student, contact: Guardian, *, by: Actor, now: datetime) -> NotInvited | None:
    try:
        asked: Asked = ask_for_consent(
            school_id=student.school_id, student_ids=[student.id], guardian_id=contact.id, by=by, now=now
        )
    except NoticeIncomplete:
        return NotInvited.NOTICE
    if asked.invitation_ids or _DONE & asked.skipped.keys():
        return None
    # An age that has not arrived in the catalog yet makes the plan see a minor.
    return NotInvited.BOUNCED if Skip.BOUNCED in asked.skipped else NotInvited.LATER


def _contact(student: Student, address: str, *, by: Actor, now: datetime) -> Guardian:
    """Return the student as their own contact, made or brought up to date. A changed address ends its links.

    Without an address the one that is known stays.
    """
    contact = own_contact(student.id, student.school_id)
    if contact is None:
        contact = Guardian.objects.create(
            school_id=student.school_id, name=student.display_name[:200], email=address, created_at=now, updated_at=now
        )
        Guardianship.objects.create(
            guardian=contact,
            school_id=student.school_id,
            student_id=student.id,
            relationship=Relationship.SELF.value,
            created_at=now,
            updated_at=now,
        )
    elif address and contact.email != address:
        leave_addresses([contact], by=by, now=now)
        contact.move_to(address, now=now)
    return contact
