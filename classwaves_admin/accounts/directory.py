"""Looks people up: `users.teachers` for school staff, memberships for everyone else."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from allauth.socialaccount.models import SocialAccount
from django.db import DatabaseError, InterfaceError
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from classwaves_admin.accounts.access import Access, StaffRow, resolve
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.sign_in import SignInPolicy, bound, of_portal
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse.models import District, School, SchoolSetting, Teacher

logger = logging.getLogger(__name__)

DISTRICT_KEY = "district_id"
# The switcher is a list to pick from, not a search; beyond this a person narrows by district first.
MOST_CHOICES = 200

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's access with the schools that they may switch between, as (id, name), and what is asked of them."""

    access: Access
    schools: tuple[Choice, ...] = ()
    policy: SignInPolicy = field(default_factory=of_portal)


def standing_of(user: User, *, today: date) -> Standing:
    """Return what `user` may do today. Raises Suspended, and OperationalError without warehouse.

    At most four warehouse queries: staff rows, the districts' schools, which of them are closed, the schools' names;
    and the schools' settings, which are remembered.
    """
    with system_scope(reason="the directory decides what the scope will be"):
        rows = staff_rows(user)
        memberships = [m for m in Membership.objects.filter(user=user) if m.counts_on(today)]
        districts = tuple(sorted({m.district_id for m in memberships if m.district_id}))
        schools_of = schools_of_districts(districts) if districts else {}
        memberships = _but_of_closed(memberships, districts)
    access, policy = bound(resolve(rows, memberships, schools_of), user.email)
    return Standing(access, school_choices(access.scope) if access.role else (), policy)


def schools_of_address(email: str, *, today: date) -> dict[str, tuple[()]]:
    """Return the schools whose person signs in with this address, whether they may or not: whom a refusal concerns.

    None for a stranger's address. One warehouse query, and one more for a district's people; none are returned while
    the warehouse does not answer: to be refused does not wait for it.
    """
    address = email.strip().lower()
    memberships = [m for m in Membership.objects.filter(user__email=address) if m.counts_on(today)]
    districts = {m.district_id for m in memberships if m.district_id}
    schools = {school for m in memberships for school in m.school_ids}
    try:
        with system_scope(reason="who is refused has no scope"):
            staff = Teacher.objects.annotate(address=Lower("email")).filter(address=address)
            schools.update(staff.values_list("school_id", flat=True))
            schools.update(*(schools_of_districts(districts).values() if districts else ()))
    except (DatabaseError, InterfaceError):
        logger.warning("the directory does not answer; a refusal is noted at no school of staff")
    return dict.fromkeys(sorted(schools), ())


def staff_rows(user: User) -> list[StaffRow]:
    """Return the person's rows of `users.teachers`, found by address or Google id, of any status."""
    return _staff_rows(user.email, SocialAccount.objects.filter(user=user))


def staff_rows_of_address(email: str) -> list[StaffRow]:
    """Return the rows of whoever has an address, as `staff_rows`, with an account or without one yet."""
    address = email.strip().lower()
    return _staff_rows(address, SocialAccount.objects.filter(user__email=address))


def _staff_rows(email: str, linked: QuerySet[SocialAccount]) -> list[StaffRow]:
    google_ids = list(linked.filter(provider="google").values_list("uid", flat=True))
    match = Q(address=email.lower())
    if google_ids:
        match |= Q(google_id__in=google_ids)
    rows = Teacher.objects.annotate(address=Lower("email")).filter(match).order_by("id")
    return [StaffRow(*row) for row in rows.values_list("id", "school_id", "role", "status")]


def address_is_known(email: str) -> bool:
    """Tell whether Google may sign this verified address in.

    True for a school's own domain, a row of `users.teachers`, or an existing membership.
    """
    address = email.strip().lower()
    domain = address.rpartition("@")[2]
    with system_scope(reason="a person who signs in has no scope yet"):
        return (
            Membership.objects.filter(user__email__iexact=address).exists()
            or School.objects.annotate(own=Lower("domain")).filter(own=domain).exists()
            or Teacher.objects.annotate(address=Lower("email")).filter(address=address).exists()
        )


def schools_of_districts(districts: Collection[str]) -> dict[str, list[str]]:
    """Return the schools of each district that has any: one warehouse query, in the scope of the caller.

    The catalog has no unique keys: of several rows that name a school's district the newest counts, so that a school
    that has moved is out of reach of the district that it left.
    """
    found: dict[str, list[str]] = {}
    for school, (district, _) in _districts_of_schools(districts).items():
        found.setdefault(district, []).append(school)
    return found


def district_named(text: str | None) -> str:
    """Return the district that a stored `district_id` names, to the letter; empty for none.

    Blanks around it make it another text, which names none: SQL compares so, and all readers have to agree on who sees
    a school. The settings of the school show such a row as a fault.
    """
    return text if text and text == text.strip() else ""


def _districts_of_schools(districts: Collection[str]) -> dict[str, tuple[str, datetime]]:
    """Return the schools of these districts, each with its district and when the row was written that says so."""
    named = SchoolSetting.objects.filter(setting_key=DISTRICT_KEY, setting_value__in=districts)
    rows = SchoolSetting.objects.filter(setting_key=DISTRICT_KEY, school_id__in=named.values("school_id"))
    columns = ("school_id", "setting_value", "updated_at")
    told = rows.order_by("updated_at", "id").values_list(*columns)
    newest = {school: (district_named(text), at) for school, text, at in told}
    wanted = {one for one in districts if one}
    return {school: newest[school] for school in sorted(newest) if newest[school][0] in wanted}


def _but_of_closed(memberships: list[Membership], districts: tuple[str, ...]) -> list[Membership]:
    """Leave out what a closed district gives (`is_active` false); one that the catalog does not know is open."""
    if not districts:
        return memberships
    closed = set(District.objects.filter(pk__in=districts, is_active=False).values_list("pk", flat=True))
    return [one for one in memberships if one.district_id not in closed]


def district_schools(district_id: str) -> tuple[str, ...]:
    """Return the ids of a district's schools. One warehouse query."""
    with system_scope(reason="the directory decides what the scope will be"):
        return tuple(schools_of_districts((district_id,)).get(district_id, ()))


def schools_since(district_id: str, moment: datetime) -> tuple[str, ...]:
    """Return the ids of the schools that the district has had at least since a moment. One warehouse query."""
    with system_scope(reason="the directory decides what the scope will be"):
        came = _districts_of_schools((district_id,))
    return tuple(school for school, (_, at) in came.items() if at <= moment)


def district_name(district_id: str) -> str:
    """Return a district's name, or its id where the catalog has none. One warehouse query."""
    return _district(district_id)[0]


def open_district(district_id: str) -> str | None:
    """Return a district's name, None where it is closed. One warehouse query."""
    name, active = _district(district_id)
    return name if active else None


def _district(district_id: str) -> tuple[str, bool]:
    """Return a district's name and whether it is open; one that the catalog does not know is open."""
    with system_scope(reason="the directory decides what the scope will be"):
        row = District.objects.filter(pk=district_id).values_list("name", "is_active").first()
    return (str(row[0] or district_id), row[1] is not False) if row else (district_id, True)


def school_choices(scope: Scope) -> tuple[Choice, ...]:
    """Return the schools of a scope to pick from, by name: the first MOST_CHOICES. One warehouse query."""
    with inside(scope):
        return tuple(School.objects.order_by("name", "id").values_list("id", "name")[:MOST_CHOICES])
