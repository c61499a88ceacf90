"""Settles answers whose signer nobody knows: names the guardian who signed, or sets them aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import ParentalConsent, Student
from consent.actions.changes import Change, changes_for, end_rows, flag_conflicts, lower_flags, said_by, write_flags
from consent.actions.guardians import Contact, add_guardian, hold_for_adding
from consent.actions.locks import lock_children, lock_guardian
from consent.actions.signers import match
from consent.models import Guardianship, Settlement
from consent.queries.rows import RecordedConsent, facts_of
from consent.queries.unmatched import same_signer
from consent.rules.settling import Reason
from consent.rules.unmatched import superseded

MATTER = "unmatched"


class MatchedAlready(Exception):
    """Nobody is looked for any more: somebody settled it, or a guardian with this address was added."""


def match_signer(*, row_id: str, tie_id: str, by: Actor, now: datetime) -> int:
    """Say that the guardian of a tie signed a row, and all that wait with the same name and address.

    Return how many. They count as that guardian's from now on: what the person answered later ends them or is
    ended by them, a court order takes them out, and flags that fall with it fall first. Raises
    MatchedAlready, Guardianship.DoesNotExist and ParentalConsent.DoesNotExist.
    """
    with transaction.atomic():
        row = ParentalConsent.objects.get(id=row_id)
        tie = Guardianship.objects.select_related("guardian").get(pk=tie_id, student_id=row.student_id)
        lock_guardian(tie.guardian_id)
        return _match(tie, _waiting(row, now), changes_for({row.student_id: row.school_id}, now), by=by, now=now)


def add_signer(*, row_id: str, student: Student, contact: Contact, by: Actor, now: datetime) -> int:
    """Add who signed as a guardian of the student, as the office states it, and do as `match_signer`."""
    with transaction.atomic():
        row = ParentalConsent.objects.get(id=row_id, student_id=student.id)
        hold_for_adding(student=student, contact=contact)
        # Asked before the new guardian is there, whose address would make the rows known.
        waiting, before = _waiting(row, now), changes_for({student.id: student.school_id}, now)
        tie = add_guardian(student=student, contact=contact, by=by, now=now)
        return _match(tie, waiting, before, by=by, now=now)


def _match(
    tie: Guardianship,
    waiting: list[RecordedConsent],
    before: Mapping[str, Change],
    *,
    by: Actor,
    now: datetime,
) -> int:
    guardian, student_id = tie.guardian, tie.student_id
    ids = match(guardian, waiting, student_id=student_id, by=by, now=now)
    change = changes_for({student_id: guardian.school_id}, now)[student_id]
    change.before = before[student_id].consents
    types = {one.facts.consent_type for one in waiting}
    own = facts_of(said_by(guardian.id, guardian.email, change.consents))
    change.ended = superseded([row for row in own if row.consent_type in types], now)
    lower_flags(change, now=now)
    end_rows(change, now=now)
    record(
        "record.amended",
        by=by,
        school_id=guardian.school_id,
        resource=("guardian", guardian.id),
        students=[student_id],
        data={"what": "signer_matched", "consents": sorted(ids), "ended": sorted(change.ended)},
        at=now,
    )
    _finish(change, guardian.school_id, by=by, now=now)
    return len(ids)


def set_aside(*, row_id: str, reason: Reason, reference: str, by: Actor, now: datetime) -> int:
    """End a row, and all that wait with the same name and address, for nobody answers for them; return how many.

    Flags that stood on them fall first. The rows stay as history. Raises MatchedAlready and
    ParentalConsent.DoesNotExist.
    """
    with transaction.atomic():
        row = ParentalConsent.objects.get(id=row_id)
        lock_children([row.student_id])
        change = changes_for({row.student_id: row.school_id}, now)[row.student_id]
        waiting = _waiting(row, now)
        change.ended = {one.facts.id for one in waiting}
        lower_flags(change, now=now)
        end_rows(change, now=now)
        Settlement.objects.create(
            school_id=row.school_id,
            student_id=row.student_id,
            matter=MATTER,
            up_to=now,
            reason=reason.value,
            reference=reference,
            settled_by=by.id,
            settled_at=now,
        )
        record(
            "consent.revoked",
            by=by,
            school_id=row.school_id,
            resource=("student", row.student_id),
            students=[row.student_id],
            data={
                "types": sorted({one.facts.consent_type for one in waiting}),
                "consents": sorted(change.ended),
                "settled": MATTER,
                "reason": reason.value,
            },
            at=now,
        )
        _finish(change, row.school_id, by=by, now=now)
    return len(waiting)


def _waiting(row: ParentalConsent, now: datetime) -> list[RecordedConsent]:
    """Return the rows that wait together with this one. Raises MatchedAlready where it does not wait."""
    waiting = same_signer(row.student_id, row.parent_name, row.parent_email, now)
    if row.id not in {one.facts.id for one in waiting}:
        raise MatchedAlready
    return waiting


def _finish(change: Change, school_id: str, *, by: Actor, now: datetime) -> None:
    flag_conflicts(change, school_id=school_id, by=by, now=now)
    write_flags(change, now=now)
