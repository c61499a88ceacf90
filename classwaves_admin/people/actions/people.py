"""What administrators change about people: role, end, schools, suspension. Each takes effect with the next request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from audit.record import Codes
from classwaves_admin.accounts.access import ACTIVE, Access
from classwaves_admin.accounts.holders import in_force
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.sessions import end_all
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.actor import Actor
from classwaves_admin.people.actions.noting import note, schools_of
from classwaves_admin.people.queries.accounts import account_of
from classwaves_admin.people.rules.roles import (
    STAFF_CHOICES,
    STATES,
    Refusal,
    is_own_last,
    may_change_membership,
    may_change_staff,
)
from classwaves_admin.warehouse.models import Teacher
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["Refused", "change_membership", "change_staff", "end_membership", "set_suspended", "sign_out"]


class Refused(Exception):
    """Access that stays as it is; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def change_staff(*, row: Teacher, role: str, status: str, access: Access, user: User, by: Actor, now: datetime) -> None:
    """Change role and status of somebody of a school, in `users.teachers`. `row` is of the person's scope.

    Whoever is lowered or stopped is signed out everywhere. Raises Refused, and ValueError for words that the
    catalog does not have.
    """
    if role not in STAFF_CHOICES or status not in STATES:
        raise ValueError("There is no such role or status.")
    if refusal := may_change_staff(access, row.role):
        raise Refused(refusal)
    if (row.role, row.status) == (role, status):
        return
    was_admin = row.role == "admin" and row.status == ACTIVE
    lowers = (was_admin and role != "admin") or (row.status == ACTIVE and status != ACTIVE)
    if is_own_last(own=_is_own(row, user, access), lowers=was_admin and lowers, others=_other_admins(row)):
        raise Refused(Refusal.OWN_LAST)
    account = account_of(row.email, row.google_id)
    if status != ACTIVE and account is not None and _reaches_further(account, access, now.date()):
        raise Refused(Refusal.NOT_YOURS)
    with transaction.atomic():
        data: Codes = {"change": "staff", "from": [row.role, row.status], "to": [role, status]}
        gateway.update(Teacher, row.pk, role=role, status=status, updated_at=now)
        note("auth.role_changed", schools=[row.school_id], resource=("account", row.pk), data=data, by=by, now=now)
    if account is not None:
        _takes_effect(account, out=lowers)


def change_membership(
    *, membership: Membership, ends_on: date | None, school_ids: Sequence[str], access: Access, by: Actor, now: datetime
) -> None:
    """Change the last day and the schools of a membership. Raises Refused."""
    _check(access, membership)
    with transaction.atomic():
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        schools = {*_schools(membership), *schools_of(membership.district_id, school_ids)}
        membership.ends_on, membership.school_ids = ends_on, list(school_ids)
        membership.save(update_fields=["ends_on", "school_ids"])
        data: Codes = {"change": "changed", "until": str(ends_on or ""), "schools": len(school_ids)}
        _note(membership, sorted(schools), data, by, now)
    _takes_effect(membership.user, out=False)


def end_membership(*, membership: Membership, access: Access, user: User, by: Actor, now: datetime) -> None:
    """End a membership now, and sign its holder out. Raises Refused."""
    _check(access, membership)
    if membership.role == Role.DISTRICT_ADMIN:
        others = in_force(now.date()).filter(role=Role.DISTRICT_ADMIN, district_id=membership.district_id)
        others = others.exclude(user=membership.user)
        if is_own_last(own=membership.user == user, lowers=True, others=list(others.values_list("pk", flat=True)[:1])):
            raise Refused(Refusal.OWN_LAST)
    with transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(ends_on=now.date() - timedelta(days=1))
        _note(membership, _schools(membership), {"change": "ended", "role": membership.role}, by, now)
    _takes_effect(membership.user, out=True)


def set_suspended(
    *, membership: Membership, suspended: bool, access: Access, user: User, by: Actor, now: datetime
) -> None:
    """Suspend a membership, or let it count again. Raises Refused; nobody suspends themselves."""
    _check(access, membership)
    if membership.user == user:
        raise Refused(Refusal.OWN_LAST)
    with transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(suspended_at=now if suspended else None)
        change = "suspended" if suspended else "resumed"
        _note(membership, _schools(membership), {"change": change, "role": membership.role}, by, now)
    _takes_effect(membership.user, out=suspended)


def sign_out(*, account: User, schools: Sequence[str], by: Actor, now: datetime) -> int:
    """End every session of a person; return how many."""
    with transaction.atomic():
        ended = end_all(account)
        data: Codes = {"sessions": ended}
        note("auth.signed_out", schools=schools, resource=("account", account.pk), data=data, by=by, now=now)
    return ended


def _takes_effect(account: User, *, out: bool) -> None:
    """Let the change count with the next request, and end the sessions of who has lost something."""
    forget(account)
    if out:
        end_all(account)


def _check(access: Access, membership: Membership) -> None:
    if refusal := may_change_membership(access, membership):
        raise Refused(refusal)


def _reaches_further(account: User, access: Access, today: date) -> bool:
    """Tell whether the person also has access of the portal that is not this administrator's to change.

    Who works nowhere any more is out of the portal altogether (accounts/access.py), of their district's office, too.
    """
    return any(may_change_membership(access, one) for one in in_force(today).filter(user=account))


def _is_own(row: Teacher, user: User, access: Access) -> bool:
    return row.email.lower() == user.email or row.pk == access.teacher_id


def _other_admins(row: Teacher) -> list[str]:
    others = Teacher.objects.filter(school_id=row.school_id, role="admin", status=ACTIVE).exclude(pk=row.pk)
    return list(others.values_list("pk", flat=True)[:1])


def _schools(membership: Membership) -> tuple[str, ...]:
    return schools_of(membership.district_id, membership.school_ids)


def _note(membership: Membership, schools: Sequence[str], data: Codes, by: Actor, now: datetime) -> None:
    told: Codes = {**data, "membership": membership.pk}
    resource = ("account", str(membership.user_id))
    note("auth.role_changed", schools=schools, resource=resource, data=told, by=by, now=now)
