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
        where = schools.get(domain) or (
            "no student without a grant" if account.role == Role.SUPER_ADMIN else plans.district["name"]
        )
        found.append(SignIn(account.email, Role(account.role).label, where, account.note))
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """An account with its membership, not saved yet; school staff have none."""

    plan: AccountPlan
    id: str
    joined: datetime
    membership: Membership | None


def people(plans: Plans, district: District, dice: Dice, now: datetime) -> list[Person]:
    """Return everyone who can sign in."""
    joined = now - timedelta(days=300)
    return [_person(account, district, dice, joined, now) for account in plans.accounts]


def _person(account: AccountPlan, district: District, dice: Dice, joined: datetime, now: datetime) -> Person:
    person_id, membership = dice.id_at(joined), None
    if account.role in Membership.PORTAL_ROLES:
        membership = Membership(
            id=dice.id_at(joined),
            user_id=person_id,
            role=account.role,
            district_id="" if account.role == Role.SUPER_ADMIN else district.id,
            ends_on=now.date() + timedelta(days=AUDITOR_DAYS) if account.role == Role.AUDITOR else None,
            created_at=joined,
        )
    return Person(account, person_id, joined, membership)


def save_person(person: Person) -> None:
    """Create the account with its password and verified address, and its membership."""
    email, name = person.plan.email, person.plan.name
    user = User.objects.create_user(email, PASSWORD, id=person.id, name=name, date_joined=person.joined)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if person.membership is not None:
        person.membership.save(force_insert=True)
