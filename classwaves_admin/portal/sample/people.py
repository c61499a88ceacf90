"""People who can sign in to the sample, one for each role. For development only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress

from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.plans import AccountPlan, Plans
from classwaves_admin.warehouse.models import District

# Printed by `manage.py sample_signins`. The loader refuses to run in production.
PASSWORD = "prairie-rivers-sample"  # noqa: S105 - of invented people
AUDITOR_DAYS = 120


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one of the sample's people signs in."""

    email: str
    role: str
    where: str
    note: str


def sign_ins(plans: Plans) -> list[SignIn]:
    """Return everyone who can sign in, in the order of the roles."""
    schools = {school.domain: school.name for school in plans.schools}
    found = []
    for account in plans.accounts:
        domain = account.email.rpartition("@")[2]
        where = schools.get(domain) or ("everywhere" if account.role == Role.SUPER_ADMIN else plans.district["name"])
        found.append(SignIn(account.email, Role(account.role).label, where, account.note))
    return found


def make_people(plans: Plans, district: District, dice: Dice, now: datetime) -> dict[str, User]:
    """Create the accounts with their memberships; return them by role, the first of each."""
    made: dict[str, User] = {}
    joined = now - timedelta(days=300)
    for account in plans.accounts:
        user = _user(account, dice, joined)
        made.setdefault(account.role, user)
        if account.role in Membership.PORTAL_ROLES:
            Membership.objects.create(
                id=dice.id_at(joined),
                user=user,
                role=account.role,
                district_id="" if account.role == Role.SUPER_ADMIN else district.id,
                ends_on=now.date() + timedelta(days=AUDITOR_DAYS) if account.role == Role.AUDITOR else None,
                created_at=joined,
            )
    return made


def _user(account: AccountPlan, dice: Dice, joined: datetime) -> User:
    user = User.objects.create_user(
        account.email, PASSWORD, id=dice.id_at(joined), name=account.name, date_joined=joined
    )
    EmailAddress.objects.create(user=user, email=account.email, verified=True, primary=True)
    return user
