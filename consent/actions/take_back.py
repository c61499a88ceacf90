"""Carries out a guardian's withdrawal: consents end at once, and the data are kept or deleted as they chose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.rules import is_address
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import School, Student
from consent.actions.asked_deletion import mark_asked
from consent.actions.locks import lock_children
from consent.actions.mail import queue_withdrawal
from consent.actions.withdraw import withdraw
from consent.models import Guardian, Guardianship, Withdrawal, WithdrawnConsent
from consent.vocabulary import ConsentType, Relationship, WithdrawalWay

Chosen = Mapping[str, Collection[ConsentType]]


def take_back(
    *,
    guardian: Guardian,
    chosen: Chosen,
    delete_data: bool,
    way: WithdrawalWay,
    by: Actor,
    now: datetime,
    reference: str = "",
    language: str = "",
) -> Withdrawal | None:
    """Take back a guardian's consents, by student and type; return the withdrawal, None where nothing stood.

    Takes effect at once: each child's flags fall first. What rests on a withdrawn consent goes with it.
    With `delete_data` the request to delete is on record for each child with its last day, CONSENT_DELETION_DAYS
    from now. A mail tells the guardian, in `language` or their own. `reference` says where the school keeps the
    letter or the note of the call.
    """
    with transaction.atomic():
        lock_children(list(chosen))
        ties = dict(
            Guardianship.objects.filter(guardian=guardian, student_id__in=list(chosen)).values_list(
                "student_id", "relationship"
            )
        )
        ended = {
            student_id: types
            for student_id in sorted(set(chosen) & set(ties))
            if (types := _end(guardian, student_id, chosen[student_id], ties[student_id], by=by, now=now))
        }
        if not ended:
            return None
        withdrawal = _keep(guardian, ended, delete_data, way, reference, by, now)
        if delete_data:
            for student_id, types in ended.items():
                _ask_to_delete(withdrawal, student_id, types, by=by, now=now)
        _tell(withdrawal, ended, language or guardian.language, now)
    return withdrawal


def _end(
    guardian: Guardian, student_id: str, types: Collection[ConsentType], relationship: str, *, by: Actor, now: datetime
) -> tuple[ConsentType, ...]:
    return withdraw(
        guardian=guardian,
        student_id=student_id,
        types=types,
        signer_name=guardian.name,
        relationship=relationship or Relationship.PARENT,
        by=by,
        now=now,
    )


def _keep(
    guardian: Guardian,
    ended: Chosen,
    delete_data: bool,
    way: WithdrawalWay,
    reference: str,
    by: Actor,
    now: datetime,
) -> Withdrawal:
    days = value(guardian.school_id, "consent.deletion_days").value
    withdrawal = Withdrawal.objects.create(
        school_id=guardian.school_id,
        guardian=guardian,
        way=way.value,
        reference=" ".join(reference.split()),
        delete_data=delete_data,
        due_at=now + timedelta(days=days) if delete_data else None,
        recorded_by=by.id,
        created_at=now,
    )
    WithdrawnConsent.objects.bulk_create(
        WithdrawnConsent(withdrawal=withdrawal, student_id=student_id, consent_type=kind.value)
        for student_id, types in ended.items()
        for kind in types
    )
    return withdrawal


def _ask_to_delete(
    withdrawal: Withdrawal, student_id: str, types: Collection[ConsentType], *, by: Actor, now: datetime
) -> None:
    """Put the request on the child's age records, and audit it."""
    mark_asked(student_id, withdrawal.school_id, now=now)
    record(
        "request.deletion_received",
        by=by,
        school_id=withdrawal.school_id,
        resource=("student", student_id),
        students=[student_id],
        data={
            "withdrawal": withdrawal.id,
            "types": sorted(kind.value for kind in types),
            "due": withdrawal.due_at.isoformat() if withdrawal.due_at else None,
        },
        at=now,
    )


def _tell(withdrawal: Withdrawal, ended: Chosen, language: str, now: datetime) -> None:
    """Queue the mail that confirms the withdrawal, where the guardian has an address."""
    guardian = withdrawal.guardian
    if guardian.restricted_at or not is_address(guardian.email):
        return
    school = School.objects.get(id=withdrawal.school_id)
    students = list(Student.objects.filter(school_id=school.id, id__in=list(ended)))
    queue_withdrawal(withdrawal, school, [(student, ended[student.id]) for student in students], language, now=now)
