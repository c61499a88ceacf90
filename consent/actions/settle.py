"""Settles what needs a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.actions.changes import changes_for, end_rows, lower_flags, write_flags
from consent.actions.locks import lock_children
from consent.actions.meanwhile import ChangedMeanwhile
from consent.models import Settlement
from consent.queries.disagreement import disagreement_of, seen_as
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
    seen: str,
    by: Actor,
    now: datetime,
) -> None:
    """Let one side of a disagreement stand: the answers of the other side end, which is all that is written of them.

    Both guardians have rights (34 CFR 99.4), so nothing is permitted until a person settles it on a ground that
    the school can show. Flags that fall are written first, flags that rise last. Types about which nobody
    disagrees any more are left alone; raises NothingToSettle where that is all of them, and ChangedMeanwhile where
    an answer has come that the person has not seen (`seen` is the mark of those they saw).
    """
    with transaction.atomic():
        lock_children([student.id])
        disputed = disagreement_of(student, now)
        ending = [kind for kind in types if kind in disputed]
        if not ending:
            raise NothingToSettle
        if seen_as(disputed) != seen:
            raise ChangedMeanwhile
        change = changes_for({student.id: student.school_id}, now)[student.id]
        change.ended = {one.facts.id for kind in ending for one in disputed[kind].against(consent=consent_stands)}
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
