"""Signing in: the directory decides, suspended people are out, second factors are asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from classwaves_admin.accounts.models import User
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, Teacher
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def events() -> list[str]:
    """Return the names of all audit events so far."""
    delivery.deliver()
    with inside(EVERYTHING):
        return list(AuditLog.objects.order_by("event_timestamp", "id").values_list("event_type", flat=True))


def set_status(row: Teacher, status: str) -> None:
    """Change a teacher's status as another service would."""
    with guard.writing():
        row.status = status
        row.save()


def sign_in(client: Client, email: str, password: str = people.PASSWORD) -> Any:
    """Post the sign-in form and follow where it leads."""
    return client.post(reverse("account_login"), {"login": email, "password": password}, follow=True)


def test_a_password_alone_is_not_enough_with_a_second_factor(client: Client) -> None:
    """The right password leads to the second factor, and no session of the person exists yet."""
    people.staff(email="rivera@harbour.example")
    response = sign_in(client, "rivera@harbour.example")
    assert response.redirect_chain[-1][0].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session


def test_the_first_sign_in_leads_to_enrolment(client: Client) -> None:
    """Outside development, staff without a second factor reach nothing but its set-up."""
    make.teacher(email="new@harbour.example", role="admin")
    people.account("new@harbour.example", second_factor=False)
    sign_in(client, "new@harbour.example")
    response = client.get("/students/")
    assert response.status_code == 302
    assert response["Location"] == reverse("mfa_index")


@pytest.mark.parametrize("status", ["suspended", "deactivated"])
def test_a_suspended_teacher_cannot_sign_in(client: Client, status: str) -> None:
    """`users.teachers.status` is asked at every sign-in."""
    user, row = people.staff()
    set_status(row, status)
    response = sign_in(client, user.email)
    assert "suspended" in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert events() == ["auth.login_failed"]


def test_a_suspended_teacher_is_out_within_a_minute_with_all_sessions(client: Client) -> None:
    """A running session ends at the first request after the recheck, and the other devices' with it."""
    user, row = people.staff()
    other = Client()
    with time_machine.travel("2026-03-04T15:00:00Z", tick=False) as clock:
        for browser in (client, other):
            browser.force_login(user)
            assert browser.get(reverse("usersessions_list")).status_code in {200, 302}
        set_status(row, "suspended")
        clock.shift(timedelta(seconds=59))
        response = client.get(reverse("mfa_index"), follow=True)
        assert "suspended" in response.content.decode()
        assert not UserSession.objects.filter(user=user).exists()
        assert other.get("/switch-school/").status_code == 302
        assert "_auth_user_id" not in other.session


def test_a_remembered_role_bridges_a_short_outage_and_no_longer(client: Client) -> None:
    """While the warehouse is down the last role counts for fifteen minutes, then the page says so."""
    user, _ = people.staff()
    client.force_login(user)
    with time_machine.travel("2026-03-04T15:00:00Z", tick=False) as clock:
        assert client.get(reverse("mfa_index")).status_code == 200
        with patch("classwaves_admin.accounts.standing.standing_of", side_effect=OperationalError):
            clock.shift(timedelta(minutes=10))
            assert client.get(reverse("mfa_index")).status_code == 200
            clock.shift(timedelta(minutes=10))
            assert client.get(reverse("mfa_index")).status_code == 503


def test_an_auditor_is_out_when_the_membership_ends(client: Client) -> None:
    """An auditor's access ends by itself on the day after the last one."""
    school = make.school()
    user = people.member("auditor", email="audit@firm.example", schools=(school.pk,), until=date(2026, 3, 4))
    client.force_login(user)
    with time_machine.travel("2026-03-04T23:59:00Z", tick=False) as clock:
        assert client.post(reverse("switch-school"), {"school": school.pk}).status_code == 302
        clock.shift(timedelta(minutes=2))
        assert client.post(reverse("switch-school"), {"school": school.pk}).status_code == 403


def test_a_wrong_password_is_audited_without_the_address(client: Client) -> None:
    """Failed sign-ins are in the log; the address that was typed is not."""
    people.staff(email="rivera@harbour.example")
    sign_in(client, "rivera@harbour.example", "wrong")
    assert events() == ["auth.login_failed"]
    with inside(EVERYTHING):
        row = AuditLog.objects.get()
    assert "rivera" not in "".join(str(value) for value in vars(row).values())


def test_nobody_registers_themselves(client: Client) -> None:
    """The sign-up address makes no account."""
    client.post(reverse("account_signup"), {"email": "me@anywhere.example", "password1": people.PASSWORD})
    assert not User.objects.exists()


def google(email: str, *, verified: bool = True) -> SocialLogin:
    """Return what Google's answer becomes in allauth."""
    return SocialLogin(
        user=User(email=email, name="Rivera"),
        account=SocialAccount(provider="google", uid="g-1"),
        email_addresses=[EmailAddress(email=email, verified=verified, primary=True)],
    )


@pytest.mark.parametrize(
    ("email", "verified", "let_in"),
    [
        ("new@harbour.example", True, True),
        ("New@Harbour.example", True, True),
        ("new@harbour.example", False, False),
        ("stranger@gmail.example", True, False),
        ("someone@notharbour.example", True, False),
        ("audit@firm.example", True, True),
        ("guest.teacher@home.example", True, True),
    ],
)
def test_google_signs_in_only_verified_addresses_that_are_known(
    client: Client, rf: Any, email: str, verified: bool, let_in: bool
) -> None:
    """A school's domain, a row of its staff or a membership opens the door; nothing else does."""
    from allauth.core.exceptions import ImmediateHttpResponse
    from allauth.socialaccount.adapter import get_adapter
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.messages.storage.cookie import CookieStorage

    school = make.school(domain="harbour.example")
    make.teacher(school=school, email="guest.teacher@home.example")
    people.member("auditor", email="audit@firm.example", schools=(school.pk,), until=date(2030, 1, 1))
    request = rf.get("/accounts/google/login/callback/")
    request.user, request._messages = AnonymousUser(), CookieStorage(request)
    adapter = get_adapter(request)
    if let_in:
        adapter.pre_social_login(request, google(email, verified=verified))
    else:
        with pytest.raises(ImmediateHttpResponse):
            adapter.pre_social_login(request, google(email, verified=verified))


def test_production_hashes_passwords_with_argon2() -> None:
    """The first hasher of the settings is Argon2; tests put a quick one in front."""
    from classwaves_admin import settings

    assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_a_forgotten_password_is_set_by_the_link_of_the_mail(client: Client) -> None:
    """The link opens the form, the new password signs in, and the link works once."""
    people.staff(email="rivera@harbour.example")
    client.post(reverse("account_reset_password"), {"email": "rivera@harbour.example"})
    link = next(word for word in mail.outbox[-1].body.split() if "/accounts/password/reset/key/" in word)
    form = client.get(link)
    assert form.status_code == 302
    new = "quiet otters count the stones"
    answer = client.post(form["Location"], {"password1": new, "password2": new})
    assert answer.status_code == 302
    assert User.objects.get(email="rivera@harbour.example").check_password(new)
    assert client.get(link).status_code == 200, "a used link explains itself"
