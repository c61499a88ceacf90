"""Tells a district by mail whom ClassWaves makes one of its administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from classwaves_admin.accounts.holders import district_admins
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.notifications.actions import Draft, Recipient, queue_mails
from classwaves_admin.people.models import Invitation
from classwaves_admin.people.queries.first import Known, known_of

__all__ = ["FIRST_MAIL", "JOINED_MAIL", "KEPT_MAIL", "tell_the_district", "tell_the_offices", "tell_who_is_kept"]

JOINED_MAIL, FIRST_MAIL, KEPT_MAIL = "people.joined", "people.first_invited", "people.kept"


def tell_the_district(invitation: Invitation, others: Sequence[User], now: datetime) -> None:
    """Tell the district's administrators that ClassWaves has invited another one."""
    told = [Recipient(one.email, one.pk, "en") for one in others]
    _tell(JOINED_MAIL, told, invitation.email, invitation.role, invitation.pk, now)


def tell_the_offices(invitation: Invitation, first: Known, now: datetime) -> None:
    """Tell the offices of a district and its schools whom ClassWaves has invited to look after it."""
    told = _offices(first, invitation.email, invitation.pk)
    _tell(FIRST_MAIL, told, invitation.email, invitation.role, invitation.pk, now)


def tell_who_is_kept(membership: Membership, now: datetime) -> None:
    """Tell the district that ClassWaves lets an administrator of it count again, or for longer.

    The other administrators hear of it; where there is none, the offices: three warehouse queries.
    """
    email = membership.user.email
    others = [one for one in district_admins(membership.district_id, now.date()) if one.pk != membership.user_id]
    told = [Recipient(one.email, one.pk, "en") for one in others]
    if not told:
        told = _offices(known_of(membership.district_id), email, membership.pk)
    _tell(KEPT_MAIL, told, email, membership.role, membership.pk, now)


def _offices(known: Known, email: str, about: str) -> list[Recipient]:
    return [Recipient(office, about, "en") for office in known.offices if office != email]


def _tell(kind: str, told: Sequence[Recipient], email: str, role: str, about: str, now: datetime) -> None:
    context = {"email": email, "role": Role(role).label}
    queue_mails([Draft(kind, one, context, None, about) for one in told], now=now)
