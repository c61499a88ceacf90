"""All people of the scope in one list: those with a membership of the portal first, then the staff of the schools.

They stand in two databases, so a page is filled from the one and then from the other, each by keyset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from classwaves_admin.accounts.access import STAFF_ROLES
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib import keyset
from classwaves_admin.people.queries.accounts import (
    FACTORS,
    QUIET,
    SignIn,
    accounts_of,
    addresses_seen_since,
    addresses_without_mfa,
    sign_ins,
)
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.tenancy.scope import Scope
from classwaves_admin.warehouse.models import Teacher

__all__ = [
    "Filters",
    "Line",
    "PeoplePage",
    "everybody",
    "find_membership",
    "find_staff",
    "line_of",
    "memberships_in",
    "people_page",
]

PAGE_SIZE = 50
MEMBER, STAFF = "member", "staff"
STAFF_OF = {role: [code for code, of in STAFF_ROLES.items() if of is role] for role in STAFF_ROLES.values()}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty and False say nothing. `name` is a part of a name or of an address."""

    name: str = ""
    role: str = ""
    school: str = ""
    state: str = ""
    without_mfa: bool = False
    quiet: bool = False

    @property
    def codes(self) -> dict[str, str]:
        """The filters that may stand in an address."""
        ticked = {"without_mfa": self.without_mfa, "quiet": self.quiet}
        words = {"role": self.role, "school": self.school, "state": self.state}
        return words | {name: "on" if yes else "" for name, yes in ticked.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """A person with one access, as the list shows them.

    `kind` and `id` make the address. `sign_in` is None for who has no account here; `seen` is the last
    time in ClassWaves at all. `district_id` and `school_ids` say how far it reaches; both empty: everything.
    """

    kind: str
    id: str
    name: str
    email: str
    role: Role | None
    state: str
    district_id: str
    school_ids: tuple[str, ...]
    ends_on: date | None
    account: User | None
    sign_in: SignIn | None
    seen: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether it is a membership that has ended. Somebody who has left a school is made active there again."""
        return self.kind == MEMBER and self.state == "deactivated"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people, and the cursor of the next one: empty text on the last."""

    lines: list[Line]
    next: str


def people_page(scope: Scope, filters: Filters, cursor: str, *, now: datetime) -> PeoplePage:
    """Return a page of the people in scope: one warehouse query, and one more for districts. Raises BadCursor."""
    kind, _, place = cursor.partition(":")
    members: list[Membership] = []
    following = ""
    if kind in {"", MEMBER}:
        part = keyset.page(_members(scope, filters, now), order=("created_at", "id"), size=PAGE_SIZE, cursor=place)
        members, following = part.rows, f"{MEMBER}:{part.next}" if part.next else ""
    elif kind != STAFF:
        raise keyset.BadCursor("There is no such page.")
    staff: list[Teacher] = []
    left = PAGE_SIZE - len(members)
    if not following and left:
        rows = keyset.page(_staff(filters, now), order=("name", "id"), size=left, cursor=place if kind == STAFF else "")
        staff, following = rows.rows, f"{STAFF}:{rows.next}" if rows.next else ""
    elif not following:
        following = f"{STAFF}:"
    return PeoplePage(_lines(members, staff, now), following)


def everybody(scope: Scope, *, now: datetime) -> list[Line]:
    """Return all people in scope whose access counts, by address: as `people_page`, without pages."""
    active = Filters(state="active")
    lines = _lines(list(_members(scope, active, now)), list(_staff(active, now)), now)
    return sorted(lines, key=lambda line: line.email)


def memberships_in(scope: Scope) -> QuerySet[Membership]:
    """Return the memberships that reach into the scope. Those of ClassWaves itself only ClassWaves sees.

    One warehouse query for the schools' districts, none where they are remembered.
    """
    if scope.schools is None:
        return Membership.objects.all()
    districts = {*(scope.districts or ()), *districts_of(scope.schools).values()} - {""}
    alone = Membership.objects.exclude(school_ids=[]).values_list("pk", "school_ids")
    touching = [pk for pk, schools in alone if not set(schools).isdisjoint(scope.schools)]
    return Membership.objects.filter(Q(district_id__in=districts) | Q(pk__in=touching))


def find_membership(membership_id: str, scope: Scope) -> Membership | None:
    """Return a membership that reaches into the scope, or None."""
    rows = memberships_in(scope).select_related("user", "granted_by")
    return rows.filter(pk=membership_id).first()


def find_staff(staff_id: str) -> Teacher | None:
    """Return a row of `users.teachers` in scope, or None. One warehouse query."""
    return Teacher.objects.filter(pk=staff_id).first()


def line_of(person: Membership | Teacher, now: datetime) -> Line:
    """Return one person as the list shows them."""
    members, staff = ([person], []) if isinstance(person, Membership) else ([], [person])
    return _lines(members, staff, now)[0]


def _members(scope: Scope, filters: Filters, now: datetime) -> QuerySet[Membership]:
    if filters.role in {Role.TEACHER, Role.SCHOOL_ADMIN}:
        return Membership.objects.none()
    if filters.school:
        scope = Scope((filters.school,) if scope.allows_school(filters.school) else ())
    rows = memberships_in(scope).select_related("user")
    if filters.name:
        rows = rows.filter(Q(user__name__icontains=filters.name) | Q(user__email__icontains=filters.name))
    if filters.role:
        rows = rows.filter(role=filters.role)
    over = Q(ends_on__lt=now.date())
    match filters.state:
        case "active":
            rows = rows.exclude(over).filter(suspended_at=None)
        case "suspended":
            rows = rows.exclude(over).exclude(suspended_at=None)
        case "deactivated":
            rows = rows.filter(over)
    if filters.without_mfa:
        rows = rows.exclude(user__authenticator__type__in=FACTORS)
    if filters.quiet:
        rows = rows.filter(Q(user__last_login=None) | Q(user__last_login__lt=now - QUIET))
    return rows


def _staff(filters: Filters, now: datetime) -> QuerySet[Teacher]:
    rows = Teacher.objects.annotate(address=Lower("email"))
    if filters.name:
        rows = rows.filter(Q(name__icontains=filters.name) | Q(email__icontains=filters.name))
    if filters.role:
        rows = rows.filter(role__in=STAFF_OF.get(Role(filters.role), []))
    if filters.school:
        rows = rows.filter(school_id=filters.school)
    if filters.state:
        rows = rows.filter(status=filters.state)
    if filters.without_mfa:
        rows = rows.filter(address__in=addresses_without_mfa())
    if filters.quiet:
        unseen = Q(last_login=None) | Q(last_login__lt=now - QUIET)
        rows = rows.filter(unseen).exclude(address__in=addresses_seen_since(now - QUIET))
    return rows


def _lines(members: Iterable[Membership], staff: Iterable[Teacher], now: datetime) -> list[Line]:
    accounts = accounts_of([(row.email, row.google_id) for row in staff])
    known = sign_ins([*(one.user for one in members), *accounts.values()])
    return [
        *(_of_member(one, known, now.date()) for one in members),
        *(_of_staff(row, accounts.get(row.email.lower()), known) for row in staff),
    ]


def _of_member(one: Membership, known: Mapping[str, SignIn], today: date) -> Line:
    state = "suspended" if one.suspended_at else "active"
    if one.has_ended_by(today):
        state = "deactivated"
    sign_in = known[one.user.pk]
    return Line(
        kind=MEMBER,
        id=one.pk,
        name=one.user.name,
        email=one.user.email,
        role=Role(one.role),
        state=state,
        district_id=one.district_id,
        school_ids=tuple(one.school_ids),
        ends_on=one.ends_on,
        account=one.user,
        sign_in=sign_in,
        seen=sign_in.last,
    )


def _of_staff(row: Teacher, account: User | None, known: Mapping[str, SignIn]) -> Line:
    sign_in = known[account.pk] if account else None
    seen = max(filter(None, (row.last_login, sign_in.last if sign_in else None)), default=None)
    return Line(
        kind=STAFF,
        id=row.pk,
        name=row.name,
        email=row.email,
        role=STAFF_ROLES.get(row.role),
        state=row.status,
        district_id="",
        school_ids=(row.school_id,),
        ends_on=None,
        account=account,
        sign_in=sign_in,
        seen=seen,
    )
