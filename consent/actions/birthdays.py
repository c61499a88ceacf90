"""Brings age records in line with the calendar, a portion of students at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from audit.record import Codes
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.changes import Change, changes_for, keep_limits
from consent.actions.inviting import invite_student
from consent.actions.limits import note_status, unknown_age, write_alike
from consent.actions.locks import lock_students
from consent.actions.rights import return_rights, transfer_rights
from consent.models import RightsTransfer
from consent.queries.families import with_own_rights
from consent.rules.limits import LIMITS, limits_for


def keep_birthdays(*, students: Sequence[Student], by: Actor, now: datetime) -> int:
    """Bring the age records of these students in line; return how many students something changed for.

    What is due follows from the rows as they are, so a second run changes nothing and one that comes a week
    late does all of it. Two warehouse queries where nothing is due; those of whom something is are read again
    once they are locked.
    """
    ids = [student.id for student in students]
    changes, passed = changes_for({student.id: student.school_id for student in students}, now), with_own_rights(ids)
    due = [one for one in students if _is_due(one, changes[one.id], one.id in passed, now)]
    if due:
        _settle_all(due, by=by, now=now)
    waiting = RightsTransfer.objects.filter(student_id__in=ids, invited_at=None).values_list("student_id", flat=True)
    by_id = {student.id: student for student in students}
    for student_id in sorted(waiting):
        invite_student(student=by_id[student_id], by=by, now=now)
    return len(due)


@transaction.atomic
def _settle_all(students: Collection[Student], *, by: Actor, now: datetime) -> None:
    ids = [student.id for student in students]
    lock_students(ids)
    changes, passed = changes_for({student.id: student.school_id for student in students}, now), with_own_rights(ids)
    for student in students:
        settle_age(changes[student.id], school_id=student.school_id, passed=student.id in passed, by=by, now=now)


def settle_age(change: Change, *, school_id: str, passed: bool, by: Actor, now: datetime) -> None:
    """Write what follows from one student's age: the flag on the record, limits, and whose the rights are.

    `passed` tells that the rights are the student's already. At 13 nothing is switched on: limits stay as
    they are until staff change them. Part of the caller's transaction, with the student locked.
    """
    under_13 = change.about.under_13
    if not change.ages:
        gateway.insert(unknown_age(change.student_id, school_id, now=now))
        made: Codes = {"under_13": True, "record": "made", "limited": list(LIMITS)}
        note_status(change.student_id, school_id, made, by=by, now=now)
        return
    if any(one.is_under_13 is not under_13 for one in change.ages):
        write_alike(change.ages, {"is_under_13": under_13}, now=now)
        note_status(change.student_id, school_id, {"under_13": under_13}, by=by, now=now)
    keep_limits(change, now=now)
    if change.about.adult and not passed:
        transfer_rights(change, school_id=school_id, by=by, now=now)
    elif passed and not change.about.adult:
        return_rights(change, school_id=school_id, by=by, now=now)


def _is_due(student: Student, change: Change, passed: bool, now: datetime) -> bool:
    """Tell whether something about the student's age is not as it must be."""
    if not change.ages:
        return student.status == "active"
    required = limits_for(change.rows(now), change.about, now)
    return (
        change.about.adult is not passed
        or any(one.is_under_13 is not change.about.under_13 for one in change.ages)
        or any(getattr(required, name) and not getattr(one, name) for name in LIMITS for one in change.ages)
    )
