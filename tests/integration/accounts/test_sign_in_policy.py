"""What a school asks of a sign-in takes effect: second factor, length, domains."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.directory import standing_of
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.sign_in import SignInPolicy, bound
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.models import DistrictSetting
from classwaves_admin.schools.values import forget_district, forget_school
from classwaves_admin.tenancy.scope import EVERYTHING
from classwaves_admin.warehouse.models import School
from tests.factories import catalog as make
from tests.factories import people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]


@pytest.fixture
def school(settings: Settings) -> School:
    """Return a school of a portal that demands no second factor."""
    settings.STAFF_MFA_REQUIRED = False
    return make.school(domain="harbour.example")


def said(school: School, key: str, value: str, kind: str) -> None:
    """Let the school say something."""
    make.setting(school=school, key=key, value=value, setting_type=kind)
    forget_school(school.id)


def browser_of(user: User) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def test_a_school_can_demand_a_second_factor(school: School) -> None:
    """Whoever has none is led to add one; the rest of the portal waits. A colleague with one goes on."""
    said(school, "sign_in.second_factor", "true", "bool")
    make.teacher(school=school, role="admin", email="okafor@harbour.example")
    without = people.account("okafor@harbour.example", second_factor=False)
    with_one = people.staff(school=school)[0]
    assert browser_of(without).get("/")["Location"] == reverse("mfa_index")
    assert browser_of(with_one).get("/").status_code == 200


def test_no_school_lowers_what_the_portal_demands(school: School, settings: Settings) -> None:
    """A row that says so counts for nothing."""
    settings.STAFF_MFA_REQUIRED = True
    said(school, "sign_in.second_factor", "false", "bool")
    assert standing_of(people.staff(school=school)[0], today=now().date()).policy.second_factor


def test_a_sign_in_ends_after_the_schools_time_however_busy(school: School, frozen_now: time_machine.Traveller) -> None:
    """The time counts from the sign-in; then the person signs in again and is back where they were."""
    said(school, "sign_in.session_length", "PT1H", "duration")
    browser = browser_of(people.staff(school=school)[0])
    assert browser.get("/").status_code == 200
    for _ in range(3):
        frozen_now.shift(timedelta(minutes=19))
        assert browser.get("/").status_code == 200
    frozen_now.shift(timedelta(minutes=3))
    answer = browser.get("/audit/", follow=True)
    assert answer.redirect_chain[0][0] == f"{reverse('account_login')}?next=/audit/"
    assert "as long as your school allows" in answer.content.decode()


def test_other_domains_are_signed_out_and_cannot_come_back(school: School) -> None:
    """The school's own staff with an address elsewhere; nothing changes for those of the domain."""
    stranger = people.staff(school=school, email="lee@elsewhere.example")[0]
    own = people.staff(school=school, email="rivera@harbour.example")[0]
    browser = browser_of(stranger)
    assert browser.get("/").status_code == 200
    said(school, "sign_in.domains", '["harbour.example"]', "list")
    for person in (stranger, own):
        forget(person)
    answer = browser.get("/", follow=True)
    assert "only from its own mail domains" in answer.content.decode()
    again = Client().post(reverse("account_login"), {"login": stranger.email, "password": people.PASSWORD}, follow=True)
    assert "only from its own mail domains" in again.content.decode()
    assert browser_of(own).get("/").status_code == 200


def test_of_two_schools_the_one_that_takes_the_domain_is_left(school: School) -> None:
    """A person who works at two schools keeps the other."""
    other = make.school()
    user = people.staff(school=school, email="lee@elsewhere.example")[0]
    make.teacher(school=other, role="admin", email="lee@elsewhere.example")
    said(school, "sign_in.domains", '["harbour.example"]', "list")
    assert standing_of(user, today=now().date()).access.scope.schools == (other.id,)


def test_a_districts_people_follow_the_district_and_no_domain(school: School) -> None:
    """What the district has set for its schools holds for its own office too; they are named one by one."""
    make.setting(school=school, key="district_id", value="d-1")
    DistrictSetting.objects.create(district_id="d-1", key="sign_in.session_length", value="PT30M", locked=True)
    DistrictSetting.objects.create(district_id="d-1", key="sign_in.domains", value='["harbour.example"]')
    forget_district("d-1")
    user = people.member("district_admin", email="lin@bay.example", district="d-1")
    standing = standing_of(user, today=now().date())
    assert standing.policy == SignInPolicy(second_factor=False, session_length=timedelta(minutes=30))
    assert standing.access.scope.schools == (school.id,)


def test_the_portals_own_staff_follow_the_portal() -> None:
    """No school binds them, and none is asked."""
    access = Access(Role.SUPER_ADMIN, EVERYTHING)
    found, policy = bound(access, "sam@classwaves.example")
    assert found is access
    assert policy.second_factor
