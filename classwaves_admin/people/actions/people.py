"""What administrators change about people: role, end, schools, suspension. Each takes effect with the next request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from audit.record import Codes
from classwaves_admin.accounts.access import ACTIVE, STAFF_ROLES, Access
from classwaves_admin.accounts.directory import staff_rows
from classwaves_admin.accounts.holders import in_force
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.sessions import end_all, end_one
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.actor import Actor
from classwaves_admin.people.actions.noting import note, schools_of
from classwaves_admin.people.actions.telling import tell_who_is_kept
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
from classwaves_admin.warehouse.outbox.holding import hold

__all__ = ["Refused", "change_membership", "change_staff", "end_membership", "set_suspended", "sign_out"]


class Refused(Exception):
    """Access that stays as it is; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def change_staff(*, row: Teacher, role: str, status: str, access: Access, user: User, by: Actor, now: datetime) -> None:
    """Change role and status of somebody of a school, in `users.teachers`. `row` is of the person's scope.

    Whoever is lowered or stopped is signed out everywhere. Raises Refused, OnItsWay where the school's administrators
    are being changed by somebody else, and ValueError for words that the catalog does not have.
    """
    if role not in STAFF_CHOICES or status not in STATES:
        raise ValueError("There is no such role or status.")
    if refusal := may_change_staff(access, row.role):
        raise Refused(refusal)
    if (row.role, row.status) == (role, status):
        return
    was_admin = row.role == "admin" and row.status == ACTIVE
    lowers = (was_admin and role != "admin") or (row.status == ACTIVE and status != ACTIVE)
    account = account_of(row.email, row.google_id)
    if status != ACTIVE and account is not None and _reaches_further(account, access, now.date()):
        raise Refused(Refusal.NOT_YOURS)
    with transaction.atomic():
        if was_admin and lowers:
            _hold_school(row, access, user)
        data: Codes = {"change": "staff", "from": [row.role, row.status], "to": [role, status]}
        gateway.update(Teacher, row.pk, role=role, status=status, updated_at=now)
        note("auth.role_changed", schools=[row.school_id], resource=("account", row.pk), data=data, by=by, now=now)
    if account is not None:
        _takes_effect(account, out=lowers)


def change_membership(
    *,
    membership: Membership,
    ends_on: date | None,
    school_ids: Sequence[str],
    access: Access,
    user: User,
    by: Actor,
    now: datetime,
) -> None:
    """Change the last day and the schools of a membership. Raises Refused, also where it has ended.

    Where ClassWaves moves the last day of a district's administrator on, the district is told.
    """
    _check(access, membership)
    with transaction.atomic():
        if ends_on is not None:
            _hold_district(membership, access, user, now.date(), last=ends_on)
        membership = _running(membership, now.date())
        longer = (ends_on or date.max) > (membership.ends_on or date.max)
        schools = {*_schools(membership), *schools_of(membership.district_id, school_ids)}
        membership.ends_on, membership.school_ids = ends_on, list(school_ids)
        membership.save(update_fields=["ends_on", "school_ids"])
        data: Codes = {"change": "changed", "until": str(ends_on or ""), "schools": len(school_ids)}
        _note(membership, sorted(schools), data, by, now)
        if longer and access.role is Role.SUPER_ADMIN:
            tell_who_is_kept(membership, now)
    _takes_effect(membership.user, out=False)


def end_membership(*, membership: Membership, access: Access, user: User, by: Actor, now: datetime) -> None:
    """End a membership now, and sign its holder out. Raises Refused, also where it has ended: it keeps its last day."""
    _check(access, membership)
    with transaction.atomic():
        _hold_district(membership, access, user, now.date(), last=_yesterday(now))
        _running(membership, now.date())
        Membership.objects.filter(pk=membership.pk).update(ends_on=_yesterday(now))
        _note(membership, _schools(membership), {"change": "ended", "role": membership.role}, by, now)
    _takes_effect(membership.user, out=True)


def set_suspended(
    *, membership: Membership, suspended: bool, access: Access, user: User, by: Actor, now: datetime
) -> None:
    """Suspend a membership, or let it count again. Raises Refused: nobody suspends themselves, nor what has ended.

    Where ClassWaves lets a district's administrator count again, the district is told.
    """
    _check(access, membership)
    if membership.user == user:
        raise Refused(Refusal.OWN_LAST)
    with transaction.atomic():
        if suspended:
            _hold_district(membership, access, user, now.date(), last=_yesterday(now))
        _running(membership, now.date())
        Membership.objects.filter(pk=membership.pk).update(suspended_at=now if suspended else None)
        change = "suspended" if suspended else "resumed"
        _note(membership, _schools(membership), {"change": change, "role": membership.role}, by, now)
        if not suspended and access.role is Role.SUPER_ADMIN:
            tell_who_is_kept(membership, now)
    _takes_effect(membership.user, out=suspended)


def sign_out(*, account: User, session: int | None, schools: Sequence[str], by: Actor, now: datetime) -> int:
    """End one session of a person, or with None every one; return how many. One of somebody else stays as it is."""
    with transaction.atomic():
        ended = end_all(account) if session is None else end_one(account, session)
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


def _running(membership: Membership, today: date) -> Membership:
    """Hold a membership until the transaction ends, and return it as it is. Raises Refused where it has ended.

    Who was let go comes back by an invitation alone, of which the others of the district hear.
    """
    held = Membership.objects.select_for_update().get(pk=membership.pk)
    if held.has_ended_by(today):
        raise Refused(Refusal.ENDED)
    return held


def _reaches_further(account: User, access: Access, today: date) -> bool:
    """Tell whether the person also has access of the portal that is not this administrator's to change.

    Who works nowhere any more is out of the portal altogether (accounts/access.py), of their district's office, too.
    """
    return any(may_change_membership(access, one) for one in in_force(today).filter(user=account))


def _is_own(row: Teacher, user: User, access: Access) -> bool:
    return row.email.lower() == user.email or row.pk == access.teacher_id


def _hold_school(row: Teacher, access: Access, user: User) -> None:
    """Hold the school's administrators until the transaction ends, before one of them is lowered.

    Of two who lower each other, or themselves, at once, the second finds what the first has done. Raises Refused and
    OnItsWay.
    """
    admins = Teacher.objects.filter(school_id=row.school_id, role="admin", status=ACTIVE)
    for pk in sorted({row.pk, *admins.values_list("pk", flat=True)}):
        hold(Teacher, pk)
    own, others = _is_own(row, user, access), list(admins.exclude(pk=row.pk))
    if is_own_last(own=own, lowers=True, others=[one.pk for one in others]):
        raise Refused(Refusal.OWN_LAST)
    if access.role is Role.SCHOOL_ADMIN and not own and not _administers(user, row.school_id):
        raise Refused(Refusal.NOT_ANY_MORE)


def _hold_district(membership: Membership, access: Access, user: User, today: date, *, last: date) -> None:
    """Hold the district's administrators until the transaction ends, as `_hold_school`. Raises Refused.

    `last` will be the last day of the membership. Of the others only who counts after it, and after today, stays with
    the district: two whose last day is today leave nobody at midnight. So whoever goes today ends nobody who stays.
    """
    if membership.role != Role.DISTRICT_ADMIN:
        return
    rows = Membership.objects.filter(role=Role.DISTRICT_ADMIN, district_id=membership.district_id)
    held = {one.pk: one for one in rows.select_for_update().order_by("pk")}
    holders = in_force(today).filter(pk__in=rows)
    if access.role is Role.DISTRICT_ADMIN and not holders.filter(user=user).exists():
        raise Refused(Refusal.NOT_ANY_MORE)
    stay = holders.filter(Q(ends_on=None) | Q(ends_on__gt=max(last, today))).exclude(user=membership.user_id)
    own, lowers = access.role is Role.DISTRICT_ADMIN, last < (held[membership.pk].ends_on or date.max)
    if is_own_last(own=own, lowers=lowers, others=stay.values_list("user_id", flat=True)):
        raise Refused(Refusal.OWN_LAST)


def _administers(user: User, school_id: str) -> bool:
    """Tell whether the person still is an administrator of the school: their role was read before it was held."""
    found = [one for one in staff_rows(user) if (one.school_id, one.status) == (school_id, ACTIVE)]
    return any(STAFF_ROLES.get(one.role) is Role.SCHOOL_ADMIN for one in found)


def _yesterday(now: datetime) -> date:
    return now.date() - timedelta(days=1)


def _schools(membership: Membership) -> tuple[str, ...]:
    return schools_of(membership.district_id, membership.school_ids)


def _note(membership: Membership, schools: Sequence[str], data: Codes, by: Actor, now: datetime) -> None:
    told: Codes = {**data, "membership": membership.pk}
    resource = ("account", str(membership.user_id))
    note("auth.role_changed", schools=schools, resource=resource, data=told, by=by, now=now)
