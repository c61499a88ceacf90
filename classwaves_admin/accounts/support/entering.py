"""The grant that a session has entered: looked up anew with each request, so that its end is the end.

A person's role may be remembered for some seconds (standing.py). A grant never is: the request after its last
instant, or after the district has ended it, is out.

A grant opens the schools that the district had when it gave it: ClassWaves itself can put a school into a district,
and nobody who granted meant that one. A closed district gives nobody access, and could not end what it granted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError
from django.db.models import Q

from classwaves_admin.accounts.access import Support
from classwaves_admin.accounts.directory import Standing, open_district, school_choices, schools_since
from classwaves_admin.accounts.models import SupportGrant, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.standing import DirectoryUnreachable
from classwaves_admin.accounts.support.rules import GrantState
from classwaves_admin.tenancy.scope import Scope, system_scope

__all__ = ["GRANT_KEY", "SCHOOL_KEY", "GrantOver", "enter", "leave", "usable_grant", "within_grant"]

GRANT_KEY = "support_grant"
SCHOOL_KEY = "school"
_District = tuple[str | None, tuple[str, ...], tuple[tuple[str, str], ...]]


class GrantOver(Exception):
    """The grant that the session had entered counts no more; it has left it."""


def usable_grant(grant_id: str, user: User, *, now: datetime) -> SupportGrant | None:
    """Return the grant if this person may enter it now. Whether they are of ClassWaves is for the caller to know."""
    with system_scope(reason="which grant counts decides what the scope will be"):
        grant = SupportGrant.objects.filter(Q(person=user) | Q(person=None), pk=grant_id).first()
    return grant if grant is not None and grant.state_at(now) is GrantState.RUNNING else None


def enter(session: SessionBase, grant: SupportGrant) -> None:
    """Let the session enter a grant."""
    session.pop(SCHOOL_KEY, None)
    session[GRANT_KEY] = grant.pk


def leave(session: SessionBase) -> str:
    """Let the session leave its grant; return the grant's id, or empty text."""
    session.pop(SCHOOL_KEY, None)
    return str(session.pop(GRANT_KEY, ""))


def within_grant(session: SessionBase, user: User, standing: Standing, *, now: datetime) -> Standing:
    """Return the standing within the grant that the session has entered, or as it is without one.

    Raises GrantOver, and DirectoryUnreachable where the district's schools cannot be asked for.
    """
    grant_id = session.get(GRANT_KEY)
    if not grant_id:
        return standing
    grant = usable_grant(grant_id, user, now=now) if standing.access.role is Role.SUPER_ADMIN else None
    if grant is None or grant.ends_at is None:
        leave(session)
        raise GrantOver
    try:
        name, schools, choices = _district(grant)
    except (DatabaseError, InterfaceError) as error:
        raise DirectoryUnreachable from error
    if name is None:
        leave(session)
        raise GrantOver
    support = Support(grant.pk, grant.district_id, name, grant.ends_at)
    scope = Scope(schools, (grant.district_id,))
    return Standing(replace(standing.access, scope=scope, support=support), choices)


def _district(grant: SupportGrant) -> _District:
    """Return name, schools and choices of the granted district, remembered as long as a person's standing is.

    The name is None where the district is closed.
    """
    key = f"support-grant:{grant.pk}"
    kept: _District | None = cache.get(key)
    if kept is None:
        schools = schools_since(grant.district_id, grant.starts_at) if grant.starts_at else ()
        kept = open_district(grant.district_id), schools, school_choices(Scope(schools))
        cache.set(key, kept, settings.ACCESS_RECHECK_SECONDS)
    return kept
