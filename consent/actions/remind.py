"""Reminds guardians of what waits for them, and stops doing so when they ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models import School, Student
from consent.actions.locks import lock_invitation
from consent.actions.mail import queue_confirm_reminder, queue_reminder
from consent.models import Invitation, InvitationChild, Reminder
from consent.queries.families import answers_for, children_of
from consent.queries.reminders import timetable, waiting_of, waiting_requests
from consent.rules.reminders import Due, due
from consent.vocabulary import Step

# Requests whose children are read together.
PART = 200


def remind_waiting(*, by: Actor, now: datetime) -> int:
    """Queue every reminder in scope that is due; return how many.

    A second run, at the same time or after a kill, reminds nobody twice: the request is held while the rule is
    asked again, and each reminder has its row. Three warehouse queries for each PART requests, none where nothing
    is due.
    """
    table, found = timetable(), list(waiting_requests(now).order_by("school_id", "guardian_id", "pk"))
    wanted = []
    for start in range(0, len(found), PART):
        part = found[start : start + PART]
        waiting = waiting_of(part)
        wanted += [one for one in part if due(waiting[one.pk], table, now)]
    return sum(_remind_part(wanted[start : start + PART], by=by, now=now) for start in range(0, len(wanted), PART))


def stop_reminders(*, invitation_id: str, by: Actor, now: datetime) -> bool:
    """Send no more reminders of this request, and of no other thing; return whether that is new.

    The request itself stays open: whoever wants no reminders can still answer. Raises Invitation.DoesNotExist.
    """
    with transaction.atomic():
        invitation = lock_invitation(invitation_id)
        if invitation.reminders_stopped_at is not None:
            return False
        invitation.reminders_stopped_at = now
        invitation.save(update_fields=["reminders_stopped_at"])
        record(
            "notice.reminders_stopped",
            by=by,
            school_id=invitation.school_id,
            resource=("invitation", invitation.id),
            students=children_of(invitation),
            at=now,
        )
    return True


def _remind_part(invitations: list[Invitation], *, by: Actor, now: datetime) -> int:
    schools = {school.id: school for school in School.objects.filter(id__in={one.school_id for one in invitations})}
    students = _students(invitations)
    return sum(
        _remind(one.pk, schools[one.school_id], students, by=by, now=now)
        for one in invitations
        if one.school_id in schools
    )


def _students(invitations: Iterable[Invitation]) -> dict[str, Student]:
    """Return the active students whom these requests name."""
    named = set(InvitationChild.objects.filter(invitation__in=invitations).values_list("student_id", flat=True))
    return {student.id: student for student in Student.objects.filter(id__in=named, status="active")}


@transaction.atomic
def _remind(invitation_id: str, school: School, students: Mapping[str, Student], *, by: Actor, now: datetime) -> bool:
    """Remind of one request, unless it was answered or another worker was quicker."""
    invitation = lock_invitation(invitation_id)
    found = due(waiting_of([invitation])[invitation.pk], timetable(), now)
    children = _children(invitation, students)
    if found is None or not children:
        return False
    _, new = Reminder.objects.get_or_create(
        invitation=invitation, step=found.step.value, number=found.number, defaults={"created_at": now}
    )
    if not new:
        return False
    queue = queue_reminder if found.step is Step.ANSWER else queue_confirm_reminder
    queue(invitation, school, children, now=now)
    invitation.mailed_at = now
    invitation.save(update_fields=["mailed_at"])
    _audit(invitation, children, found, by, now)
    return True


def _children(invitation: Invitation, students: Mapping[str, Student]) -> list[Student]:
    """Return the children whom the guardian may still answer for; before the answer the others leave the request."""
    named = children_of(invitation)
    allowed = answers_for(invitation.guardian_id, named)
    children = [students[one] for one in named if one in allowed and one in students]
    if children and invitation.answered_at is None:
        invitation.children.exclude(student_id__in=[child.id for child in children]).delete()
    return children


def _audit(invitation: Invitation, children: Iterable[Student], found: Due, by: Actor, now: datetime) -> None:
    record(
        "consent.requested",
        by=by,
        school_id=invitation.school_id,
        resource=("invitation", invitation.id),
        students=[child.id for child in children],
        data={"reminder": found.number, "step": found.step.value, "language": invitation.language},
        at=now,
    )
