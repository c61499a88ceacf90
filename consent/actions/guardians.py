"""What the office does with a student's guardians: adds one, amends one, ends a tie."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.changes import Change, changes_for, end_rows, lower_flags, said_by, write_flags
from consent.actions.close import close_invitations
from consent.actions.locks import lock_guardian, lock_students
from consent.actions.meanwhile import ChangedMeanwhile
from consent.actions.moving import family_addresses, leave_addresses
from consent.actions.signers import keep_signed
from consent.models import Guardian, Guardianship
from consent.vocabulary import PARENTAL_RELATIONSHIPS


class UnderOrder(Exception):
    """A court order stands against the guardian: the tie says so, and must stay while it does."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What the office states of a guardian. `relationship` is blank where nobody knows."""

    name: str
    email: str
    language: str
    relationship: str


@dataclass(frozen=True, slots=True)
class Amended:
    """Which fields have changed, and how many open requests have ended with that."""

    fields: tuple[str, ...] = ()
    requests_ended: int = 0


def stamp(tie: Guardianship) -> str:
    """Return a mark of a tie and its guardian as they stand, which a form sends back."""
    return f"{tie.updated_at.isoformat()} {tie.guardian.updated_at.isoformat()}"


def hold_for_adding(*, student: Student, contact: Contact) -> None:
    """Hold what `add_guardian` will hold, all at once, for an action that looks before it adds.

    Who is known already may have other children: held one after another, they would be held in another order than
    everybody else's, and two people could wait for each other.
    """
    guardian = _same_person(student.school_id, contact)
    if guardian is None:
        lock_students([student.id])
    else:
        lock_guardian(guardian.id, also=[student.id])


def add_guardian(*, student: Student, contact: Contact, by: Actor, now: datetime) -> Guardianship:
    """Name one more guardian of a student, as the office states it, and return the tie.

    A person of the school with the same name and address is the same person: a sibling's parent gets
    one mail for all children. Who is tied to the student already stays as they are.
    """
    with transaction.atomic():
        guardian = _same_person(student.school_id, contact)
        if guardian is None:
            guardian = Guardian.objects.create(
                school_id=student.school_id,
                name=contact.name,
                email=contact.email,
                language=contact.language,
                created_at=now,
                updated_at=now,
            )
        guardian = lock_guardian(guardian.id, also=[student.id])
        tie, new = Guardianship.objects.get_or_create(
            guardian=guardian,
            student_id=student.id,
            defaults={
                "school_id": student.school_id,
                "relationship": contact.relationship,
                "stated_by_office": True,
                "created_at": now,
                "updated_at": now,
            },
        )
        if new:
            _audit(tie, "guardian_added", by, now, students=[student.id])
    return tie


def amend_guardian(*, tie_id: str, contact: Contact, seen: str, by: Actor, now: datetime) -> Amended:
    """Change what is known of a guardian, for all children, and the relationship to the child of this tie.

    A changed address ends every open link at once and moves no consent: what was signed under the old
    one stays with the person. A relationship that gives no authority any more ends the requests that
    name the child. Raises ChangedMeanwhile where `seen` is not the present stamp, and Guardianship.DoesNotExist.
    """
    with transaction.atomic():
        tie = _held(tie_id, seen)
        guardian, ended = tie.guardian, 0
        fields = _changed(tie, contact)
        children = list(Guardianship.objects.filter(guardian=guardian).values_list("student_id", flat=True))
        if "email" in fields:
            for student_id, (_, address) in family_addresses({guardian: contact.email}).items():
                gateway.update(Student, student_id, parent_email=address, updated_at=now)
            ended += leave_addresses([guardian], by=by, now=now)
            guardian.move_to(contact.email, now=now)
        if {"name", "language"} & set(fields):
            guardian.name, guardian.language, guardian.updated_at = contact.name, contact.language, now
            guardian.save(update_fields=["name", "language", "updated_at"])
        if "relationship" in fields:
            tie.relationship, tie.stated_by_office, tie.updated_at = contact.relationship, True, now
            tie.save(update_fields=["relationship", "stated_by_office", "updated_at"])
            if contact.relationship not in PARENTAL_RELATIONSHIPS:
                ended += close_invitations(guardian_ids=[guardian.id], now=now, student_id=tie.student_id)
        if fields:
            concerned = children if set(fields) - {"relationship"} else [tie.student_id]
            _audit(tie, "guardian_amended", by, now, students=concerned, fields=fields, requests_ended=ended)
    return Amended(fields, ended)


def end_tie(*, tie_id: str, seen: str, stop_answers: bool, by: Actor, now: datetime) -> Amended:
    """Take a guardian away from one child: no mail and no page names the child to them any more.

    With `stop_answers` what they answered for the child ends too, flags first; otherwise it stands, for it
    was given by somebody who could. Raises ChangedMeanwhile, UnderOrder and Guardianship.DoesNotExist.
    """
    with transaction.atomic():
        tie = _held(tie_id, seen)
        if tie.restricted or tie.guardian.restricted_at:
            raise UnderOrder
        change = changes_for({tie.student_id: tie.guardian.school_id}, now)[tie.student_id]
        own = said_by(tie.guardian_id, tie.guardian.email, change.consents)
        if stop_answers:
            change.ended = {one.facts.id for one in own if one.facts.revoked_at is None}
        if change.ended:
            _stop(change, tie, by, now)
        ended = close_invitations(guardian_ids=[tie.guardian_id], now=now, student_id=tie.student_id)
        keep_signed({tie.guardian: [tie.student_id]}, by=by, now=now)
        _audit(tie, "tie_ended", by, now, students=[tie.student_id], requests_ended=ended)
        tie.delete()
        if change.ended:
            write_flags(change, now=now)
    return Amended((), ended)


def _stop(change: Change, tie: Guardianship, by: Actor, now: datetime) -> None:
    lower_flags(change, now=now)
    end_rows(change, now=now)
    record(
        "consent.revoked",
        by=by,
        school_id=tie.school_id,
        resource=("student", tie.student_id),
        students=[tie.student_id],
        data={"consents": sorted(change.ended), "reason": "tie_ended"},
        at=now,
    )


def _held(tie_id: str, seen: str) -> Guardianship:
    """Return the tie with its guardian, both held. Raises ChangedMeanwhile and Guardianship.DoesNotExist."""
    lock_guardian(Guardianship.objects.get(pk=tie_id).guardian_id)
    tie = Guardianship.objects.select_related("guardian").get(pk=tie_id)
    if stamp(tie) != seen:
        raise ChangedMeanwhile
    return tie


def _changed(tie: Guardianship, contact: Contact) -> tuple[str, ...]:
    guardian = tie.guardian
    stands = {
        "name": guardian.name,
        "email": guardian.email,
        "language": guardian.language,
        "relationship": tie.relationship,
    }
    return tuple(name for name, value in stands.items() if value != getattr(contact, name))


def _same_person(school_id: str, contact: Contact) -> Guardian | None:
    if not contact.email:
        return None
    found = Guardian.objects.filter(
        school_id=school_id, email__iexact=contact.email, name__iexact=contact.name, restricted_at=None
    )
    return found.order_by("pk").first()


def _audit(
    tie: Guardianship,
    what: str,
    by: Actor,
    now: datetime,
    *,
    students: Collection[str],
    fields: Collection[str] = (),
    requests_ended: int = 0,
) -> None:
    record(
        "record.amended",
        by=by,
        school_id=tie.school_id,
        resource=("guardian", tie.guardian_id),
        students=students,
        data={"what": what, "fields": list(fields), "requests_ended": requests_ended},
        at=now,
    )
