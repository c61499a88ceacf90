"""Settles what needs a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.actions.changes import Change, changes_for, end_rows, lower_flags, write_flags
from consent.actions.locks import lock_children
from consent.models import Settlement
from consent.queries.rows import facts_of
from consent.rules.effective import sides
from consent.rules.settling import Reason
from consent.rules.worklist import Matter
from consent.vocabulary import ConsentType


class NothingToSettle(Exception):
    """The guardians do not disagree any more: somebody settled it, or one of them has changed their mind."""


def settle_conflict(
    *,
    student: Student,
    types: Collection[ConsentType],
    consent_stands: bool,
    reason: Reason,
    reference: str,
    by: Actor,
    now: datetime,
) -> None:
    """Let one side of a disagreement stand: the answers of the other side end, which is all that is written of them.

    Both guardians have rights (34 CFR 99.4), so nothing is permitted until a person settles it on a ground that
    the school can show. Flags that fall are written first, flags that rise last. Types about which nobody
    disagrees any more are left alone; raises NothingToSettle where that is all of them.
    """
    with transaction.atomic():
        lock_children([student.id])
        change = changes_for([student.id], now)[student.id]
        ending = _other_side(change, types, consent_stands, now)
        if not ending:
            raise NothingToSettle
        change.ended = {row_id for ids in ending.values() for row_id in ids}
        lower_flags(change, now=now)
        end_rows(change, now=now)
        _keep(student, Matter.CONFLICT, now, reason, reference, by, now)
        record(
            "consent.revoked",
            by=by,
            school_id=student.school_id,
            resource=("student", student.id),
            students=[student.id],
            data={
                "types": sorted(kind.value for kind in ending),
                "consents": sorted(change.ended),
                "settled": "consent_stands" if consent_stands else "refusal_stands",
                "reason": reason.value,
            },
            at=now,
        )
        write_flags(change, now=now)


def _other_side(
    change: Change, types: Collection[ConsentType], consent_stands: bool, now: datetime
) -> Mapping[ConsentType, list[str]]:
    """Return the ids of the rows that end, by type, where both sides still stand against each other."""
    rows, found = facts_of(change.consents), {}
    for kind in types:
        grants, refusals = sides(rows, kind, change.about, now)
        if grants and refusals:
            found[kind] = [row.id for row in (refusals if consent_stands else grants)]
    return found


def settle_recording(*, student: Student, up_to: datetime, reference: str, by: Actor, now: datetime) -> None:
    """Note that recordings of a student without consent, up to that moment, are handled by the school's procedure."""
    with transaction.atomic():
        _keep(student, Matter.RECORDED, up_to, Reason.INCIDENT, reference, by, now)
        record(
            "record.amended",
            by=by,
            school_id=student.school_id,
            resource=("student", student.id),
            students=[student.id],
            data={"settled": Matter.RECORDED.value, "reason": Reason.INCIDENT.value},
            at=now,
        )


def _keep(
    student: Student, matter: Matter, up_to: datetime, reason: Reason, reference: str, by: Actor, now: datetime
) -> None:
    Settlement.objects.create(
        school_id=student.school_id,
        student_id=student.id,
        matter=matter.value,
        up_to=up_to,
        reason=reason.value,
        reference=reference,
        settled_by=by.id,
        settled_at=now,
    )
