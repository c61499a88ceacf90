"""What administrators do with people: add them, grant a membership."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from allauth.account.models import EmailAddress
from django.db import transaction

from audit.record import record
from classwaves_admin.accounts.holders import is_classwaves, is_classwaves_address
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.actor import Actor

OF_CLASSWAVES = "This is an account of ClassWaves: it sees a district’s data within a support grant alone."


class MembershipRefused(ValueError):
    """A membership that cannot be granted; the text says why, for people."""


@transaction.atomic
def add_person(*, email: str, name: str, by: Actor) -> User:
    """Give a person an account and return it; an existing one stays as it is.

    The account has no password: they sign in with Google or set one with "Forgot your password?".
    The address counts as verified, because every sign-in without Google goes through its mailbox.
    """
    address = email.strip().lower()
    user = User.objects.filter(email=address).first()
    if user is None:
        user = User.objects.create_user(address, name=name)
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
        record("auth.role_changed", by=by, school_id=None, resource=("account", user.pk), data={"change": "added"})
    return user


@transaction.atomic
def grant_membership(
    *,
    user: User,
    role: Role,
    by: Actor,
    district_id: str = "",
    school_ids: Sequence[str] = (),
    ends_on: date | None = None,
    granted_by: User | None = None,
) -> Membership:
    """Grant a role that the portal keeps. Raises MembershipRefused.

    A district admin needs a district; an auditor needs a district or schools, and a last day. Neither is granted to
    an account of ClassWaves, by anybody: it sees a district within a support grant alone.
    """
    if role not in Membership.PORTAL_ROLES:
        raise MembershipRefused(f"users.teachers decides who is {role.label.lower()}; it cannot be granted here.")
    if role is Role.DISTRICT_ADMIN and not district_id:
        raise MembershipRefused("A district administrator needs a district.")
    if role is Role.AUDITOR and not (district_id or school_ids):
        raise MembershipRefused("An auditor needs a district or schools.")
    if role is Role.AUDITOR and ends_on is None:
        raise MembershipRefused("An auditor's access needs a last day.")
    if role is not Role.SUPER_ADMIN and (is_classwaves(user) or is_classwaves_address(user.email)):
        raise MembershipRefused(OF_CLASSWAVES)
    membership = Membership.objects.create(
        user=user,
        role=role,
        district_id=district_id,
        school_ids=list(school_ids),
        ends_on=ends_on,
        granted_by=granted_by,
    )
    record(
        "auth.role_changed",
        by=by,
        school_id=None,
        resource=("account", user.pk),
        data={"change": "granted", "role": role.value, "membership": membership.pk},
    )
    forget(user)
    return membership
