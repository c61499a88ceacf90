"""Keys of programs: made, shown once, counted, taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from classwaves_admin.accounts.keys.actions import count_use, create_key, revoke_key
from classwaves_admin.accounts.keys.queries import find_key
from classwaves_admin.accounts.keys.rules import KeyScope, read_header
from classwaves_admin.accounts.models import ApiKey, User
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, School
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import keys, people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]
ADMIN = Actor("teacher-1", ActorType.ADMIN)


@pytest.fixture(autouse=True)
def _everything() -> Any:
    cache.clear()
    with system_scope(reason="test"):
        yield


@pytest.fixture
def school() -> School:
    """Return a school."""
    return make.school(name="Harbour School", domain="harbour.example")


@pytest.fixture
def admin(school: School, settings: Any) -> User:
    """Return an administrator of the school, with a password alone."""
    settings.STAFF_MFA_REQUIRED = False
    make.teacher(school=school, role="admin", email="rivera@harbour.example")
    return people.account("rivera@harbour.example", second_factor=False)


def at_the_desk(user: User) -> Client:
    """Return a browser in which the person has just signed in with cookies, as `force_login` does."""
    browser = Client()
    browser.force_login(user)
    return browser


def confirm(browser: Client, address: str) -> Any:
    """Open an address that asks for the password again, type it, and return what comes then."""
    asked = browser.get(address)
    assert asked.status_code == 302
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    return browser.post(asked["Location"], {"password": people.PASSWORD}, follow=True)


def form(**given: Any) -> dict[str, Any]:
    """Return a filled form; the school is the only one there is."""
    return {"name": "Classroom application", "scopes": ["recording_gate"], "days": "90"} | given


def changes() -> list[tuple[str | None, str | None]]:
    """Return what the audit log says of settings: the actor and the data."""
    delivery.deliver()
    rows = AuditLog.objects.filter(event_type="settings.changed").order_by("event_timestamp", "id")
    return list(rows.values_list("resource_id", "data_accessed"))


def test_a_key_is_made_after_the_password_and_shown_once(school: School, admin: User) -> None:
    """Fresh authentication first; then the secret stands on one page, and only its hash is kept."""
    browser = at_the_desk(admin)
    page = confirm(browser, reverse("key-new"))
    assert page.redirect_chain[-1][0] == reverse("key-new")
    made = browser.post(reverse("key-new"), form(school=school.id))
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    written = re.search(r"cw_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", made.content.decode())
    assert written
    key = ApiKey.objects.get()
    secret = read_header(f"Bearer {written[0]}")
    assert secret
    assert find_key(secret) == key
    assert (key.school_id, key.scopes, key.created_by) == (school.id, ["recording_gate"], admin)
    assert key.expires_at - key.created_at == timedelta(days=90)
    assert secret.token not in str(ApiKey.objects.values())
    listed = browser.get(reverse("key-list")).content.decode()
    assert f"cw_{secret.prefix}_…" in listed
    assert secret.token not in listed
    assert changes() == [(key.id, '{"change": "key_created", "scopes": ["recording_gate"]}')]
    assert AuditLog.objects.filter(event_type="auth.step_up").count() == 1


def test_a_form_that_was_sent_too_late_is_kept_until_the_password_is_typed(school: School, admin: User) -> None:
    """Who takes longer than the confirmation lasts types the password and loses nothing."""
    browser = at_the_desk(admin)
    asked = browser.post(reverse("key-new"), form(school=school.id))
    assert asked.status_code == 302
    assert not ApiKey.objects.exists()
    kept = browser.post(asked["Location"], {"password": people.PASSWORD}, follow=True)
    page = kept.content.decode()
    assert 'name="name" value="Classroom application"' in page
    assert f'action="{reverse("key-new")}"' in page
    assert not ApiKey.objects.exists()
    made = browser.post(reverse("key-new"), form(school=school.id))
    assert ApiKey.objects.get().name == "Classroom application"
    assert b"Copy the key now" in made.content
    assert b"could not be kept" in browser.get(reverse("step-up")).content


def test_who_has_a_second_factor_is_asked_for_it(school: School) -> None:
    """The password alone is not enough, at its own address either; a code of the app is."""
    user, _ = people.staff("admin", school=school)
    browser = at_the_desk(user)
    asked = browser.get(reverse("key-new"))
    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
    browser.post(reverse("account_reauthenticate"), {"password": people.PASSWORD})
    assert browser.get(reverse("key-new")).status_code == 302
    totp = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).wrap()
    code = format_hotp_value(hotp_value(decrypt(totp.instance.data["secret"]), next(yield_hotp_counters_from_time())))
    assert browser.post(asked["Location"], {"code": code})["Location"] == reverse("key-new")
    assert browser.get(reverse("key-new")).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert browser.get(reverse("key-new")).status_code == 302


def test_what_was_sent_is_kept_sealed(school: School, admin: User) -> None:
    """Neither the session's row nor a page of another address has it open; a part of a page leads on as a whole."""
    browser = at_the_desk(admin)
    browser.post(reverse("key-new"), form(school=school.id))
    assert "Classroom application" not in str(dict(browser.session))
    answer = browser.post(reverse("key-new"), form(school=school.id), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "4000"}, {"school": "other"}]
)
def test_a_form_that_does_not_fit_is_shown_again(school: School, admin: User, wrong: dict[str, Any]) -> None:
    """422 with what was typed, and no key."""
    browser = at_the_desk(admin)
    confirm(browser, reverse("key-new"))
    answer = browser.post(reverse("key-new"), form(school=school.id) | wrong)
    assert answer.status_code == 422
    assert not ApiKey.objects.exists()


def test_a_key_is_taken_back_after_the_password(school: School, admin: User) -> None:
    """The question comes first, then it is revoked for good; a second time changes nothing."""
    key, _ = keys.api_key(school)
    browser = at_the_desk(admin)
    page = confirm(browser, reverse("key-revoke", args=[key.pk]))
    assert "Revoke this key for good?" in page.content.decode()
    assert ApiKey.objects.get().revoked_at is None
    browser.post(reverse("key-revoke", args=[key.pk]))
    assert ApiKey.objects.get().revoked_at is not None
    assert not revoke_key(key=key, by=ADMIN, now=now())
    assert [data for _, data in changes()] == [
        '{"change": "key_revoked", "scopes": ["recording_gate", "student_consent"]}'
    ]
    assert "Revoked" in browser.get(reverse("key-list")).content.decode()


def test_a_wrong_secret_and_another_ones_prefix_find_nothing(school: School) -> None:
    """Only the whole key is one."""
    _, mine = keys.api_key(school)
    _, other = keys.api_key(school)
    mixed = read_header(f"Bearer {mine[:12]}{other[12:]}")
    assert mixed
    assert find_key(mixed) is None
    assert find_key(keys.new_secret()) is None


def test_a_key_needs_a_scope_and_an_end(school: School, settings: Any) -> None:
    """The action refuses what the form would not offer."""
    settings.API_KEY_DAYS = 90
    for scopes, days in (([], 30), (list(KeyScope), 0), (list(KeyScope), 91)):
        with pytest.raises(ValueError, match="API_KEY_DAYS"):
            create_key(school_id=school.id, name="x", scopes=scopes, days=days, user=None, by=ADMIN, now=now())


def test_the_last_use_is_noted_once_an_hour(school: School) -> None:
    """The first request notes it, later ones of the same hour only count."""
    key, _ = keys.api_key(school)
    begin = now()
    with time_machine.travel(begin, tick=False) as clock:
        assert count_use(key=key, now=now()).asked == 1
        assert count_use(key=key, now=now()).asked == 2
        clock.shift(timedelta(minutes=59))
        assert count_use(key=key, now=now()).asked == 1  # a fresh minute
        assert ApiKey.objects.get().last_used_at == begin
        clock.shift(timedelta(minutes=1))
        count_use(key=key, now=now())
        assert ApiKey.objects.get().last_used_at == begin + timedelta(hours=1)


def test_an_admin_of_two_schools_chooses_one(school: School) -> None:
    """Without a choice there is no key."""
    make.setting(school=school, key="district_id", value="d1")
    other = make.school(name="Meadow School")
    make.setting(school=other, key="district_id", value="d1")
    make.district(pk="d1")
    browser = at_the_desk(people.member("district_admin", email="office@district.example", district="d1"))
    people.confirmed(browser)
    assert browser.post(reverse("key-new"), form()).status_code == 422
    assert browser.post(reverse("key-new"), form(school=other.id)).status_code == 200
    assert ApiKey.objects.get().school_id == other.id
