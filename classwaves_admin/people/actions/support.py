"""Support access: asked for by ClassWaves, granted by an administrator of the district, ended by either or by itself.

Only a person who administers the district, and was never of ClassWaves, grants. Each step leaves an event in each
school of the district, so that the log of the school says that somebody was let in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from audit.record import Codes
from classwaves_admin.accounts.holders import classwaves_staff, district_admins
from classwaves_admin.accounts.models import SupportGrant, User
from classwaves_admin.accounts.support.rules import LEAST_HOURS, MOST_HOURS, GrantState
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications.actions import Draft, Recipient, queue_mails
from classwaves_admin.people.actions.noting import note, schools_of

__all__ = [
    "ASKED_MAIL",
    "NotGranted",
    "answer_request",
    "ask_support",
    "decline",
    "end",
    "give_support",
    "note_passage",
]

ASKED_MAIL, OPEN_MAIL = "people.support_asked", "people.support_open"


class NotGranted(ValueError):
    """What cannot be asked for or granted; the text says why, for people."""


def ask_support(*, district_id: str, hours: int, reason: str, user: User, by: Actor, now: datetime) -> SupportGrant:
    """Ask a district's administrators for access, by mail. Raises NotGranted where there is nobody to ask."""
    _check_hours(hours)
    admins = district_admins(district_id, now.date())
    if not admins:
        raise NotGranted("The district has no administrator who could grant it. Invite one first.")
    with transaction.atomic():
        grant = SupportGrant.objects.create(
            district_id=district_id, person=user, hours=hours, reason=reason, asked_by=user, asked_at=now
        )
        _audit("support.asked", grant, {"hours": hours}, by, now)
        _tell(ASKED_MAIL, admins, grant, {"person": str(user), "hours": str(hours)}, now)
    return grant


def give_support(
    *, district_id: str, person: User | None, hours: int, reason: str, user: User, by: Actor, now: datetime
) -> SupportGrant:
    """Let ClassWaves in, one person of it or anybody, from now on. Raises NotGranted."""
    _check(district_id, person, hours, user, now)
    with transaction.atomic():
        grant = SupportGrant(
            district_id=district_id, person=person, hours=hours, reason=reason, asked_by=None, asked_at=now
        )
        _open(grant, user, by, now)
    return grant


def answer_request(*, grant: SupportGrant, hours: int, user: User, by: Actor, now: datetime) -> SupportGrant:
    """Grant what ClassWaves asked for, for as many hours as the administrator says. Raises NotGranted."""
    with transaction.atomic():
        grant = _asked(grant, now)
        _check(grant.district_id, grant.person, hours, user, now)
        grant.hours = hours
        _open(grant, user, by, now)
    return grant


def decline(*, grant: SupportGrant, user: User, by: Actor, now: datetime) -> None:
    """Decline what ClassWaves asked for. Raises NotGranted where it was answered already."""
    with transaction.atomic():
        grant = _asked(grant, now)
        _check_admin(grant.district_id, user, now)
        grant.declined_at, grant.ended_by = now, user
        grant.save(update_fields=["declined_at", "ended_by"])
        _audit("support.declined", grant, {}, by, now)


def end(*, grant: SupportGrant, user: User, by: Actor, now: datetime) -> bool:
    """End a grant at once: the next request of whoever is in it is out. Return whether it was open."""
    _check_admin(grant.district_id, user, now)
    with transaction.atomic():
        grant = _locked(grant)
        if grant.state_at(now) is not GrantState.RUNNING:
            return False
        grant.ended_at, grant.ended_by = now, user
        grant.save(update_fields=["ended_at", "ended_by"])
        _audit("support.ended", grant, {}, by, now)
    return True


def note_passage(event: str, *, grant: SupportGrant, by: Actor, now: datetime) -> None:
    """Record that somebody entered or left a grant."""
    with transaction.atomic():
        _audit(event, grant, {}, by, now)


def _open(grant: SupportGrant, user: User, by: Actor, now: datetime) -> None:
    grant.granted_by, grant.starts_at, grant.ends_at = user, now, now + timedelta(hours=grant.hours)
    grant.save()
    _audit("support.granted", grant, {"hours": grant.hours, "person": grant.person_id or "anybody"}, by, now)
    told = [grant.person] if grant.person else classwaves_staff(now.date())
    _tell(OPEN_MAIL, told, grant, {"hours": str(grant.hours)}, now)


def _check(district_id: str, person: User | None, hours: int, user: User, now: datetime) -> None:
    _check_hours(hours)
    _check_admin(district_id, user, now)
    if person is not None and person not in classwaves_staff(now.date()):
        raise NotGranted("This person does not work for ClassWaves.")


def _check_hours(hours: int) -> None:
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise NotGranted(f"Choose {LEAST_HOURS} to {MOST_HOURS} hours.")


def _check_admin(district_id: str, user: User, now: datetime) -> None:
    if user not in district_admins(district_id, now.date()):
        raise NotGranted("Only an administrator of the district decides about this.")


def _asked(grant: SupportGrant, now: datetime) -> SupportGrant:
    found = _locked(grant)
    if found.state_at(now) is not GrantState.ASKED:
        raise NotGranted("This was answered already, or too long ago. Nothing was changed.")
    return found


def _locked(grant: SupportGrant) -> SupportGrant:
    return SupportGrant.objects.select_for_update().get(pk=grant.pk)


def _tell(kind: str, people: Iterable[User], grant: SupportGrant, context: dict[str, str], now: datetime) -> None:
    drafts = [Draft(kind, Recipient(one.email, one.pk, "en"), context, None, grant.pk) for one in people]
    queue_mails(drafts, now=now)


def _audit(event: str, grant: SupportGrant, data: Codes, by: Actor, now: datetime) -> None:
    """Leave an event in each school of the district."""
    told: Codes = {**data, "district": grant.district_id, "support_grant": grant.pk}
    schools, resource = schools_of(grant.district_id), ("support_grant", grant.pk)
    note(event, schools=schools, resource=resource, data=told, by=by, now=now)
