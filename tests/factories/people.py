"""People who sign in, for tests: an account, its verified address, and what decides their role."""

from __future__ import annotations

import itertools
import time
from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.lib.clock import now
from classwaves_admin.people.models import AccessReview, AccessReviewLine, Invitation
from classwaves_admin.warehouse.models import School, Teacher
from tests.factories import catalog as make

_number = itertools.count(1)
PASSWORD = "a long sentence to sign in with"


def account(email: str, *, second_factor: bool = True) -> User:
    """Save an account with PASSWORD, a verified address and a second factor."""
    user = User.objects.create_user(email, PASSWORD, name=email.partition("@")[0].title())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if second_factor:
        TOTP.activate(user, generate_totp_secret())
        RecoveryCodes.activate(user)
    return user


def staff(
    role: str = "admin", *, school: School | None = None, email: str = "rivera@harbour.example"
) -> tuple[User, Teacher]:
    """Save a person of a school with their row of `users.teachers`; `role` is `teacher` or `admin`."""
    row = make.teacher(school=school, role=role, email=email)
    return account(email), row


def member(
    role: str, *, email: str, district: str = "", schools: tuple[str, ...] = (), until: date | None = None
) -> User:
    """Save a person with a membership of the portal."""
    user = account(email)
    Membership.objects.create(user=user, role=role, district_id=district, school_ids=list(schools), ends_on=until)
    return user


def membership(role: str, **given: Any) -> Membership:
    """Save a person with a membership, and return the membership."""
    user = member(role, email=f"person{next(_number)}@office.example", **given)
    return Membership.objects.get(user=user)


def invitation(district_id: str) -> Invitation:
    """Save an open invitation to a district."""
    return Invitation.objects.create(
        email=f"new{next(_number)}@office.example",
        role="district_admin",
        district_id=district_id,
        expires_at=now() + timedelta(days=7),
    )


def review(district_id: str, school_id: str = "") -> AccessReview:
    """Save a closed review with one person, which the administrators of district and school see."""
    place = {"district_id": district_id, "school_id": school_id, "where": "A district"}
    found = AccessReview.objects.create(**place, term="Fall 2024", closed_at=now())
    AccessReviewLine.objects.create(review=found, kind="staff", subject_id="t-1", email="t@office.example")
    return found


def over(*schools: School, email: str = "district@office.example") -> User:
    """Save the administrator of a district to which these schools belong from now on."""
    for school in schools:
        make.setting(school=school, key=DISTRICT_KEY, value="d-over")
    return member("district_admin", email=email, district="d-over")


def confirmed(browser: Client) -> Client:
    """Let the person who is signed in there have shown a moment ago who they are, by their second factor."""
    session = browser.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return browser
