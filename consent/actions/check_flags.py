"""Finds flags that differ from the consents, sets them right and says so (the nightly check)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from consent.actions.changes import changes_for, lower_flags, write_flags
from consent.actions.locks import lock_children
from consent.queries.everyone import everyone, histories
from consent.queries.worklist import flags_on_their_way
from consent.rules.flags import flags_for

# Students of one transaction: small enough that a parent's answer does not wait.
PART = 50


def check_flags(*, by: Actor, now: datetime) -> int:
    """Set right the flags of every active student in scope that differ from the consents; return how many.

    Flags that the catalog has not got yet are left alone. Each repair leaves `record.amended` with the names of
    the flags. A run that is cut short is finished by the next one.
    """
    late, children = flags_on_their_way(), everyone(now)
    drifted = [
        student_id
        for student_id, rows in histories(children)
        if student_id not in late
        and children[student_id].raised != flags_for(rows, children[student_id].about, now).raised
    ]
    return sum(repair_flags(student_ids=drifted[at : at + PART], by=by, now=now) for at in range(0, len(drifted), PART))


def repair_flags(*, student_ids: Collection[str], by: Actor, now: datetime) -> int:
    """Set right the flags of these students where they still differ; return how many did."""
    repaired = 0
    with transaction.atomic():
        lock_children(student_ids)
        students = {student.id: student for student in Student.objects.filter(id__in=student_ids)}
        late = flags_on_their_way()
        for student_id, change in changes_for({key: one.school_id for key, one in students.items()}, now).items():
            stood, wanted = students[student_id], change.flags(now).columns()
            differing = sorted(name for name, value in wanted.items() if getattr(stood, name) != value)
            if not differing or student_id in late:
                continue
            lower_flags(change, now=now)
            record(
                "record.amended",
                by=by,
                school_id=stood.school_id,
                resource=("student", student_id),
                students=[student_id],
                data={"what": "flag_drift", "flags": differing},
                at=now,
            )
            write_flags(change, now=now)
            repaired += 1
    return repaired
