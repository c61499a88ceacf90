"""What a school asks of a sign-in: a second factor, how long it lasts, which mail domains may work for it.

Settings stand on the floor above, so their reader registers itself when Django starts (SchoolsConfig.ready).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from classwaves_admin.accounts.access import Access, Suspended
from classwaves_admin.accounts.roles import Role
from classwaves_admin.tenancy.scope import Scope

__all__ = ["OutsideDomains", "SignInPolicy", "admits", "begin", "bound", "is_over", "of_portal", "register"]

# When the person signed in, in seconds since 1970.
BEGAN = "signed_in_at"
_OF_A_SCHOOL = frozenset({Role.SCHOOL_ADMIN, Role.TEACHER})


class OutsideDomains(Suspended):
    """No school of this person takes addresses of their domain."""

    words = "Your school takes sign-ins only from its own mail domains. Ask your school’s administrator."


def admits(domains: Collection[str], address: str) -> bool:
    """Tell whether an address is of one of the domains; no domains stand for all."""
    return not domains or address.rpartition("@")[2].lower() in domains


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """What is asked of a person; no `domains` stands for all."""

    second_factor: bool
    session_length: timedelta
    domains: tuple[str, ...] = ()

    def admits(self, address: str) -> bool:
        """Tell whether the address is of one of the domains."""
        return admits(self.domains, address)


class Reader(Protocol):
    """Reads what schools and districts have decided."""

    def of_schools(self, school_ids: Collection[str]) -> Mapping[str, SignInPolicy]:
        """Return the policy of each school. At most one warehouse query, none for what is remembered."""

    def of_districts(self, district_ids: Collection[str]) -> Mapping[str, SignInPolicy]:
        """Return what each district has set for its schools. No warehouse query."""


_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Take the reader of settings; a second one takes the place of the first."""
    _readers[:] = [reader]


def of_portal() -> SignInPolicy:
    """Return what the portal asks of everybody."""
    return SignInPolicy(settings.STAFF_MFA_REQUIRED, timedelta(seconds=settings.SESSION_COOKIE_AGE))


def bound(access: Access, address: str) -> tuple[Access, SignInPolicy]:
    """Return the access as the schools' policies leave it, and the strictest of what they ask.

    A school's own staff reach only schools that take their domain; raises OutsideDomains where none does. A
    district's people follow what the district has set; auditors their schools. They and ClassWaves' staff are named
    one by one, so no domain binds them.
    """
    portal = of_portal()
    if not _readers or access.role is None or access.scope.schools is None:
        return access, portal
    if access.role is Role.DISTRICT_ADMIN or access.scope.districts:
        found = _readers[0].of_districts(access.scope.districts or ())
        return access, _strictest(portal, found.values())
    found = _readers[0].of_schools(access.scope.schools)
    if access.role in _OF_A_SCHOOL and found:
        found = {school_id: policy for school_id, policy in found.items() if policy.admits(address)}
        if not found:
            raise OutsideDomains
        access = replace(access, scope=Scope(tuple(sorted(found)), access.scope.districts))
    return access, _strictest(portal, found.values())


def begin(session: SessionBase, now: datetime) -> None:
    """Note the moment at which the person signed in."""
    session[BEGAN] = now.timestamp()


def is_over(session: SessionBase, policy: SignInPolicy, now: datetime) -> bool:
    """Tell whether the sign-in has lasted as long as it may. One without a beginning begins now."""
    if BEGAN not in session:
        begin(session, now)
    return now.timestamp() - float(session[BEGAN]) >= policy.session_length.total_seconds()


def _strictest(portal: SignInPolicy, policies: Collection[SignInPolicy]) -> SignInPolicy:
    every = (portal, *policies)
    return SignInPolicy(any(one.second_factor for one in every), min(one.session_length for one in every))
