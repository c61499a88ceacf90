"""Court orders: records one, lifts one, and lets the flags follow."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.changes import changes_for, flag_conflicts, lower_flags, write_flags
from consent.actions.close import close_invitations
from consent.actions.locks import lock_guardian
from consent.actions.signers import keep_signed
from consent.models import Answer, CourtOrder, Guardianship
from consent.queries.families import sharing_mailbox


class About(StrEnum):
    """What an order forbids: contact that concerns one child, or any contact."""

    CHILD = "child"
    ANY = "any"


class NothingToLift(Exception):
    """No order of this kind stands against the guardian any more."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an order changed: requests that ended, students whose consents are judged anew.

    `sharing` counts other guardians who have the same mailbox: nothing is mailed to it any more.
    """

    requests_ended: int
    students: int
    sharing: int = 0


def record_order(*, tie_id: str, about: About, reference: str, dated: date, by: Actor, now: datetime) -> Ordered:
    """Record a court order against a guardian (34 CFR 99.4: both have rights unless an order says otherwise).

    Open links die, no mail and no page is left, and what the guardian answered counts for nothing; flags
    that stood on it fall before anything else is written. Links of another guardian with the same mailbox die too,
    for whoever is kept away reads it. Raises Guardianship.DoesNotExist.
    """
    with transaction.atomic():
        tie = _held(tie_id)
        children = children_concerned(tie, about)
        keep_signed({tie.guardian: children}, by=by, now=now)
        order = CourtOrder.objects.create(
            school_id=tie.school_id,
            guardian=tie.guardian,
            student_id=tie.student_id if about is About.CHILD else "",
            reference=reference,
            dated=dated,
            recorded_by=by.id,
            recorded_at=now,
        )
        only = tie.student_id if about is About.CHILD else None
        ended = close_invitations(guardian_ids=[tie.guardian_id], now=now, student_id=only)
        sharing = sharing_mailbox(tie.guardian, children)
        for other in sharing:
            ended += close_invitations(guardian_ids=[other.guardian_id], now=now, student_id=other.student_id)
        _judge(tie, children, lambda: _restrict(tie, about, now), "order_recorded", order, by=by, now=now)
        _forget_family_address(children, tie.guardian.email, now=now)
    return Ordered(ended, len(children), len({other.guardian_id for other in sharing}))


def lift_order(*, tie_id: str, about: About, reference: str, by: Actor, now: datetime) -> Ordered:
    """Lift every order of one kind, with what it was lifted on. No link comes back; the guardian can be asked again.

    What the guardian answered counts again, a refusal too: flags that fall with it fall first. Raises
    NothingToLift and Guardianship.DoesNotExist.
    """
    with transaction.atomic():
        tie = _held(tie_id)
        if not (tie.restricted if about is About.CHILD else tie.guardian.restricted_at):
            raise NothingToLift
        orders = orders_in_force(tie, about)
        if not orders:  # the roster brought it from another school, without its paper
            orders = [_of_the_roster(tie, about, now)]
        for order in orders:
            order.lift_reference, order.lifted_by, order.lifted_at = reference, by.id, now
            order.save()
        children = children_concerned(tie, about)
        _judge(tie, children, lambda: _release(tie, about, now), "order_lifted", orders[0], by=by, now=now)
    return Ordered(0, len(children))


def orders_in_force(tie: Guardianship, about: About) -> list[CourtOrder]:
    """Return the recorded orders of one kind that stand against the guardian of a tie, oldest first."""
    student_id = tie.student_id if about is About.CHILD else ""
    orders = CourtOrder.objects.filter(guardian_id=tie.guardian_id, student_id=student_id, lifted_at=None)
    return list(orders.order_by("recorded_at", "id"))


def children_concerned(tie: Guardianship, about: About) -> list[str]:
    """Return the students about whom an order of this kind says something: the one, or all of the guardian's."""
    if about is About.CHILD:
        return [tie.student_id]
    tied = Guardianship.objects.filter(guardian_id=tie.guardian_id).values_list("student_id", flat=True)
    answered = Answer.objects.filter(guardian_id=tie.guardian_id).values_list("student_id", flat=True)
    return sorted({*tied, *answered})


def _held(tie_id: str) -> Guardianship:
    found = Guardianship.objects.get(pk=tie_id)
    lock_guardian(found.guardian_id, also=children_concerned(found, About.ANY))
    return Guardianship.objects.select_related("guardian").get(pk=tie_id)


def _judge(
    tie: Guardianship,
    children: Collection[str],
    change_standing: Callable[[], None],
    what: str,
    order: CourtOrder,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Change whom the rules count, and write the flags that follow: those that fall before the audit, all after it."""
    schools = dict.fromkeys(children, tie.guardian.school_id)
    before = changes_for(schools, now)
    change_standing()
    changes = changes_for(schools, now)
    for change in changes.values():
        change.before = before[change.student_id].consents
        lower_flags(change, now=now)
    record(
        "record.amended",
        by=by,
        school_id=tie.school_id,
        resource=("guardian", tie.guardian_id),
        students=children,
        data={"what": what, "order": order.id, "about": "child" if order.student_id else "any"},
        at=now,
    )
    for change in changes.values():
        flag_conflicts(change, school_id=tie.school_id, by=by, now=now)
        write_flags(change, now=now)


def _restrict(tie: Guardianship, about: About, now: datetime) -> None:
    if about is About.CHILD:
        _set_tie(tie, restricted=True, now=now)
    elif tie.guardian.restricted_at is None:
        _set_guardian(tie, now, now=now)


def _release(tie: Guardianship, about: About, now: datetime) -> None:
    if about is About.CHILD:
        _set_tie(tie, restricted=False, now=now)
    else:
        _set_guardian(tie, None, now=now)
    if tie.guardian.source_id and not tie.restricted and tie.guardian.restricted_at is None:
        _end_ties_elsewhere(tie)


def _end_ties_elsewhere(tie: Guardianship) -> None:
    """End the guardian's ties of schools that the student has left, which a roster kept for the order alone."""
    with system_scope(reason="the order was recorded at a school that the student has left"):
        same = Guardianship.objects.filter(student_id=tie.student_id, guardian__source_id=tie.guardian.source_id)
        same.exclude(school_id=tie.school_id).delete()


def _set_tie(tie: Guardianship, *, restricted: bool, now: datetime) -> None:
    tie.restricted, tie.updated_at = restricted, now
    tie.save(update_fields=["restricted", "updated_at"])


def _set_guardian(tie: Guardianship, restricted_at: datetime | None, *, now: datetime) -> None:
    tie.guardian.restricted_at, tie.guardian.updated_at = restricted_at, now
    tie.guardian.save(update_fields=["restricted_at", "updated_at"])


def _of_the_roster(tie: Guardianship, about: About, now: datetime) -> CourtOrder:
    student_id = tie.student_id if about is About.CHILD else ""
    return CourtOrder(school_id=tie.school_id, guardian=tie.guardian, student_id=student_id, recorded_at=now)


def _forget_family_address(student_ids: Collection[str], address: str, *, now: datetime) -> None:
    """Blank the address that the catalog keeps for the family, so that no other service writes to this guardian."""
    if address:
        for student in Student.objects.filter(id__in=student_ids, parent_email__iexact=address):
            gateway.update(Student, student.id, parent_email=None, updated_at=now)
