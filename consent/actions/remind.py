"""Reminds guardians of what waits for them, and stops doing so when they ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.actions import queue_mails
from classwaves_admin.warehouse.models import AuditLog, School, Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.locks import lock_invitation, lock_invitations
from consent.actions.mail import confirm_reminder_draft, reminder_draft
from consent.models import Invitation, InvitationChild, Reminder
from consent.queries.families import answers_for, children_of
from consent.queries.reminders import timetables, waiting_of, waiting_requests
from consent.rules.reminders import Due, due
from consent.vocabulary import Step

# Requests whose children are read together, and that are written in one transaction: a parent's answer does not wait.
PART = 50


def remind_waiting(*, by: Actor, now: datetime) -> int:
    """Queue every reminder in scope that is due; return how many.

    A second run, at the same time or after a kill, reminds nobody twice: the request is held while the rule is
    asked again, and each reminder has its row. Two warehouse queries for each PART requests, none where nothing is
    due.
    """
    found = list(waiting_requests(now).order_by("school_id", "guardian_id", "pk"))
    tables = timetables(one.school_id for one in found)
    wanted = []
    for start in range(0, len(found), PART):
        part = found[start : start + PART]
        waiting = waiting_of(part)
        wanted += [one for one in part if due(waiting[one.pk], tables[one.school_id], now)]
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


def _remind_part(invitations: Sequence[Invitation], *, by: Actor, now: datetime) -> int:
    schools = {school.id: school for school in School.objects.filter(id__in={one.school_id for one in invitations})}
    students, ids = _students(invitations), [one.pk for one in invitations if one.school_id in schools]
    return _remind(ids, schools, students, by=by, now=now)


def _students(invitations: Iterable[Invitation]) -> dict[str, Student]:
    """Return the active students whom these requests name."""
    named = set(InvitationChild.objects.filter(invitation__in=invitations).values_list("student_id", flat=True))
    return {student.id: student for student in Student.objects.filter(id__in=named, status="active")}


@transaction.atomic
def _remind(
    invitation_ids: Sequence[str],
    schools: Mapping[str, School],
    students: Mapping[str, Student],
    *,
    by: Actor,
    now: datetime,
) -> int:
    """Remind of these requests, but for those that were answered or of which another worker was quicker."""
    invitations = lock_invitations(invitation_ids)
    tables = timetables(one.school_id for one in invitations)
    waiting = waiting_of(invitations)
    before = set(Reminder.objects.filter(invitation__in=invitations).values_list("invitation_id", "step", "number"))
    reminders, drafts = [], []
    events: list[AuditLog] = []
    for invitation in invitations:
        found = due(waiting[invitation.pk], tables[invitation.school_id], now)
        children = _children(invitation, students) if found else []
        if not found or not children or (invitation.pk, found.step.value, found.number) in before:
            continue
        reminders.append(Reminder(invitation=invitation, step=found.step.value, number=found.number, created_at=now))
        write = reminder_draft if found.step is Step.ANSWER else confirm_reminder_draft
        drafts.append(write(invitation, schools[invitation.school_id], children))
        _audit(invitation, children, found, by=by, now=now, write=events.append)
    Reminder.objects.bulk_create(reminders)
    Invitation.objects.filter(pk__in=[one.invitation_id for one in reminders]).update(mailed_at=now)
    gateway.insert_all(events)
    queue_mails(drafts, now=now)
    return len(reminders)


def _children(invitation: Invitation, students: Mapping[str, Student]) -> list[Student]:
    """Return the children whom the guardian may still answer for; before the answer the others leave the request."""
    named = children_of(invitation)
    allowed = answers_for(invitation.guardian_id, named)
    children = [students[one] for one in named if one in allowed and one in students]
    if children and len(children) < len(named) and invitation.answered_at is None:
        invitation.children.exclude(student_id__in=[child.id for child in children]).delete()
    return children


def _audit(
    invitation: Invitation,
    children: Iterable[Student],
    found: Due,
    *,
    by: Actor,
    now: datetime,
    write: Callable[[AuditLog], None],
) -> None:
    record(
        "consent.requested",
        by=by,
        school_id=invitation.school_id,
        resource=("invitation", invitation.id),
        students=[child.id for child in children],
        data={"reminder": found.number, "step": found.step.value, "language": invitation.language},
        at=now,
        write=write,
    )
