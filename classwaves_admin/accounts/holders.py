"""Who holds a role that the portal itself grants, today."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role

__all__ = ["classwaves_staff", "district_admins", "in_force", "is_classwaves", "is_classwaves_address"]


def in_force(today: date) -> QuerySet[Membership]:
    """Return the memberships that count today."""
    started, lasts = Q(starts_on=None) | Q(starts_on__lte=today), Q(ends_on=None) | Q(ends_on__gte=today)
    return Membership.objects.filter(started, lasts, suspended_at=None, user__is_active=True)


def district_admins(district_id: str, today: date) -> list[User]:
    """Return the district's administrators, those of ClassWaves aside: they cannot speak for a district."""
    held = in_force(today).filter(role=Role.DISTRICT_ADMIN, district_id=district_id)
    people = User.objects.filter(pk__in=held.values("user_id")).order_by("email")
    return list(people.exclude(pk__in=_classwaves()))


def classwaves_staff(today: date) -> list[User]:
    """Return who works for ClassWaves: super administrators, in the order of their addresses."""
    held = in_force(today).filter(role=Role.SUPER_ADMIN)
    return list(User.objects.filter(pk__in=held.values("user_id")).order_by("email"))


def is_classwaves(user: User) -> bool:
    """Tell whether a person is or ever was of ClassWaves: such an account never speaks for a district."""
    return _classwaves().filter(user_id=user.pk).exists()


def is_classwaves_address(email: str) -> bool:
    """Tell whether an address is at a domain from which people of ClassWaves sign in."""
    domain = email.strip().lower().rpartition("@")[2]
    staff = User.objects.filter(pk__in=_classwaves()).values_list("email", flat=True)
    return domain in {address.rpartition("@")[2] for address in staff}


def _classwaves() -> QuerySet[Membership, str]:
    return Membership.objects.filter(role=Role.SUPER_ADMIN).values_list("user_id", flat=True)
