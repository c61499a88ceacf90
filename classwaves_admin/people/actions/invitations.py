"""Invites people by mail, and lets in who follows the link.

A row of `users.teachers` is written when the person accepts, not before: other services would take an address
that nobody has proved for a member of staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from audit.record import Codes
from classwaves_admin.accounts.access import ACTIVE, Access, StaffRow, Suspended
from classwaves_admin.accounts.actions import OF_CLASSWAVES, grant_membership
from classwaves_admin.accounts.directory import staff_rows_of_address, standing_of
from classwaves_admin.accounts.holders import district_admins, is_classwaves_address
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.ids import new_id
from classwaves_admin.notifications.actions import Recipient, queue_mail
from classwaves_admin.people.actions.noting import note, schools_of
from classwaves_admin.people.actions.telling import tell_the_district, tell_the_offices
from classwaves_admin.people.models import Invitation
from classwaves_admin.people.queries.first import Known, known_of
from classwaves_admin.people.queries.invitations import invited_to
from classwaves_admin.people.rules.invitations import InvitationState
from classwaves_admin.people.rules.roles import STAFF_CHOICES, higher_of, invitable
from classwaves_admin.schools.mail_domains import domain_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import Teacher
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["INVITED_MAIL", "NotInvited", "ReasonNeeded", "StoppedThere", "accept", "invite", "resend", "revoke"]

INVITED_MAIL = "people.invited"
STOPPED_THERE = "This person has left a school or is suspended there: they have to be made active there first."
# It names no school: whom other schools stop is theirs to know.
STOPPED = (
    "Nobody can sign in with this address at present, so an invitation would lead nowhere."
    " Ask the person to settle that first, or for another address."
)
_STAFF_CODES = {role: code for code, role in STAFF_CHOICES.items()}


class NotInvited(ValueError):
    """An invitation that cannot be made or accepted; the text says why, for people."""


class ReasonNeeded(NotInvited):
    """A district's first administrator at an address that is not known to belong there, without a reason."""


class StoppedThere(NotInvited):
    """Somebody whom a school of the inviter's has stopped; `staff_id` is their row of `users.teachers` there."""

    def __init__(self, staff_id: str) -> None:
        super().__init__(STOPPED_THERE)
        self.staff_id = staff_id


def invite(
    *,
    email: str,
    name: str,
    role: Role,
    district_id: str,
    school_ids: Sequence[str],
    ends_on: date | None,
    access: Access,
    user: User,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> Invitation:
    """Invite a person with a role of the inviter's own district or schools. Raises NotInvited.

    Who could not sign in afterwards is not invited: StoppedThere where a school of the inviter's has stopped them.
    Where ClassWaves invites a district's first administrator, the offices of its schools and its own are told, and an
    address that is not known to belong there needs a reason (ReasonNeeded).
    """
    address = email.strip().lower()
    _check(address, role, district_id, school_ids, ends_on, access)
    if stopped := _stopped(address, role, school_ids):
        there = next((row for row in stopped if access.scope.allows_school(row.school_id)), None)
        raise StoppedThere(there.teacher_id) if there else NotInvited(STOPPED)
    others = district_admins(district_id, now.date()) if access.role is Role.SUPER_ADMIN else []
    first = known_of(district_id) if access.role is Role.SUPER_ADMIN and not others else None
    if first is not None and not first.belongs(address) and not reason.strip():
        raise ReasonNeeded(_unknown(address, first))
    with transaction.atomic():
        same = Invitation.objects.filter(
            email=address, role=role, district_id=district_id, accepted_at=None, revoked_at=None, expires_at__gt=now
        )
        if any(set(one.school_ids) == set(school_ids) for one in same):
            raise NotInvited("This person has such an invitation already: send it again from the list.")
        invitation = Invitation.objects.create(
            email=address,
            name=name.strip(),
            role=role,
            district_id=district_id,
            school_id=school_ids[0] if school_ids else "",
            school_ids=list(school_ids),
            ends_on=ends_on,
            reason=reason.strip() if first is not None else "",
            invited_by=user,
            created_at=now,
            expires_at=now + timedelta(days=settings.INVITATION_DAYS),
        )
        _note(invitation, "invited", by, now)
        _mail(invitation, now)
        tell_the_district(invitation, others, now)
        if first is not None:
            tell_the_offices(invitation, first, now)
    return invitation


def resend(*, invitation: Invitation, by: Actor, now: datetime) -> None:
    """Send a fresh link for as many days anew; links of before count no more. Raises NotInvited."""
    with transaction.atomic():
        invitation = _not_answered(invitation, now)
        invitation.links.all().delete()
        invitation.expires_at = now + timedelta(days=settings.INVITATION_DAYS)
        invitation.save(update_fields=["expires_at"])
        _note(invitation, "invited_again", by, now)
        _mail(invitation, now)


def revoke(*, invitation: Invitation, by: Actor, now: datetime) -> None:
    """Take an invitation back: its links lead nowhere from now on. Raises NotInvited."""
    with transaction.atomic():
        invitation = _not_answered(invitation, now)
        invitation.revoked_at = now
        invitation.save(update_fields=["revoked_at"])
        invitation.links.all().delete()
        _note(invitation, "invitation_revoked", by, now)


def accept(*, invitation: Invitation, name: str, password: str | None, by: Actor, now: datetime) -> User:
    """Let the person in who followed the link: account, role, and never a second time. Raises NotInvited.

    The link proves the address. `password` is for a new account alone: an account keeps its own.
    """
    with system_scope(reason="who accepts an invitation has no scope yet"), transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.state_at(now) is not InvitationState.OPEN:
            raise NotInvited("This invitation counts no more.")
        _check_inviter(invitation, now)
        if _stopped(invitation.email, Role(invitation.role), invitation.school_ids):
            raise NotInvited(Suspended.words)
        user = User.objects.filter(email=invitation.email).first()
        if user is None:
            user = User.objects.create_user(invitation.email, password, name=name.strip() or invitation.name)
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        actor = Actor(str(user.pk), ActorType.ADMIN, by.ip_address, by.user_agent)
        role = Role(invitation.role)
        if role in _STAFF_CODES:
            _join_staff(invitation, user, _STAFF_CODES[role], now)
        else:
            grant_membership(
                user=user,
                role=role,
                by=actor,
                district_id=invitation.district_id,
                school_ids=invitation.school_ids if not invitation.district_id else (),
                ends_on=invitation.ends_on,
                granted_by=invitation.invited_by,
            )
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=now)
        invitation.links.all().delete()
        _note(invitation, "accepted", actor, now)
    forget(user)
    return user


def _check_inviter(invitation: Invitation, now: datetime) -> None:
    """Refuse what was promised by somebody who may not promise it any more: their own access has ended since."""
    inviter, schools = invitation.invited_by, invitation.school_ids
    try:
        access = standing_of(inviter, today=now.date()).access if inviter and inviter.is_active else Access()
        _check(invitation.email, Role(invitation.role), invitation.district_id, schools, invitation.ends_on, access)
    except (Suspended, NotInvited):
        raise NotInvited("Whoever invited you may not do so any more. Ask for a new invitation.") from None


def _check(
    address: str, role: Role, district_id: str, school_ids: Sequence[str], ends_on: date | None, access: Access
) -> None:
    if role not in invitable(access):
        raise NotInvited("You cannot invite anybody to this role.")
    if is_classwaves_address(address):
        raise NotInvited(OF_CLASSWAVES)
    if district_id and access.scope.districts is not None and district_id not in access.scope.districts:
        raise NotInvited("This is not your district.")
    if not all(access.scope.allows_school(school) for school in school_ids):
        raise NotInvited("This is not your school.")
    if role is Role.DISTRICT_ADMIN and not district_id:
        raise NotInvited("A district administrator needs a district.")
    if role is Role.AUDITOR and (ends_on is None or not (district_id or school_ids)):
        raise NotInvited("An auditor needs schools and a last day.")
    if role in _STAFF_CODES and (len(school_ids) != 1 or district_id):
        raise NotInvited("Choose one school.")


def _stopped(address: str, role: Role, school_ids: Sequence[str]) -> list[StaffRow]:
    """Return the rows of `users.teachers` that would keep the person from the role, which lifts no suspension.

    Of somebody of a school those at that school; of others all rows, where none is active (accounts/access.py).
    """
    with system_scope(reason="who is stopped at every school is kept out everywhere"):
        rows = staff_rows_of_address(address)
    if role in _STAFF_CODES:
        rows = [row for row in rows if row.school_id in school_ids]
    return [] if any(row.status == ACTIVE for row in rows) else rows


def _join_staff(invitation: Invitation, user: User, role: str, now: datetime) -> None:
    """Write the row of `users.teachers`, or raise the role on the one that is there; a suspension stays."""
    rows = Teacher.objects.filter(school_id=invitation.school_id)
    found = next((row for row in rows.filter(email__iexact=user.email)), None)
    if found is not None:
        if (higher := higher_of(found.role, role)) != found.role:
            gateway.update(Teacher, found.pk, role=higher, updated_at=now)
        return
    gateway.insert(
        Teacher(
            id=new_id(),
            google_id="",
            email=user.email,
            name=user.name or user.email,
            school_id=invitation.school_id,
            role=role,
            status=ACTIVE,
            access_level="standard",
            max_concurrent_sessions=3,
            current_sessions=0,
            timezone="UTC",
            login_count=0,
            total_sessions_created=0,
            created_at=now,
            updated_at=now,
        )
    )


def _not_answered(invitation: Invitation, now: datetime) -> Invitation:
    found = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if found.state_at(now) not in {InvitationState.OPEN, InvitationState.EXPIRED}:
        raise NotInvited("This invitation was answered or taken back already.")
    return found


def _mail(invitation: Invitation, now: datetime) -> None:
    queue_mail(
        kind=INVITED_MAIL,
        recipient=Recipient(invitation.email, invitation.pk, "en"),
        context={
            "person": str(invitation.invited_by),
            "place": invited_to(invitation),
            "role": Role(invitation.role).label,
            "days": str(settings.INVITATION_DAYS),
        },
        school_id=None,
        refers_to=invitation.pk,
        now=now,
    )


def _unknown(address: str, first: Known) -> str:
    known = f"none of its mail domains ({', '.join(sorted(first.domains))})" if first.domains else "not known there"
    found = f"The district has no administrator yet, and {domain_of(address)} is {known}."
    return f"{found} Say why this person is the right one."


def _note(invitation: Invitation, change: str, by: Actor, now: datetime) -> None:
    data: Codes = {"change": change, "role": invitation.role, "invitation": invitation.pk}
    schools = schools_of(invitation.district_id, invitation.school_ids)
    note("auth.role_changed", schools=schools, resource=("invitation", invitation.pk), data=data, by=by, now=now)
