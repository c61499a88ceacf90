"""Schools are made in a district and edited, sign agreements and take them back, and see their own numbers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.edited import fingerprint
from classwaves_admin.schools.models import SchoolStatement
from classwaves_admin.schools.profile.actions import FIELDS, edit_school
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog, School
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.factories import people

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
BY = Actor("teacher-9", ActorType.ADMIN)
SIGNED = {"name": "Ada Principal", "title": "Principal", "signed_on": "2025-03-03", "agreed": "on", "seen": ""}


@pytest.fixture
def school() -> School:
    """Save a school that has signed nothing."""
    cache.clear()
    return make.school(name="Bay School", ferpa_agreement=False, coppa_compliant=False)


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tables of what the outbox is given from now on, in order."""
    found: list[str] = []
    plain = gateway._put

    def noted(entries: list[OutboxEntry]) -> None:
        found.extend(one.table for one in entries)
        plain(entries)

    monkeypatch.setattr(gateway, "_put", noted)
    return found


def admin_of(school: School) -> Client:
    """Return the browser of the school's administrator."""
    client = Client()
    client.force_login(people.staff("admin", school=school)[0])
    return people.confirmed(client)


def stored(school: School) -> School:
    """Return a school as the catalog has it."""
    with inside(EVERYTHING):
        return School.objects.get(pk=school.pk)


def told() -> list[Any]:
    """Return what the log says of schools, oldest first."""
    with inside(EVERYTHING):
        rows = AuditLog.objects.filter(event_type="school.changed").order_by("event_timestamp", "id")
        return [json.loads(row.data_accessed or "{}") for row in rows]


def seen_in(page: str) -> str:
    """Return the hidden fingerprint of a form."""
    found = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    return found[1] if found else ""


def test_a_school_is_made_in_a_district_and_signs_nothing_by_itself() -> None:
    """It stands in its district at once, claims no agreement, and its page says what comes next."""
    cache.clear()
    district = make.district(name="Bay")
    client = Client()
    client.force_login(people.member("district_admin", email="office@bay.example", district=district.pk))
    address = reverse("school-new", args=[district.pk])
    refused = client.post(address, {"name": "Bay School", "domain": "GMAIL.com", "admin_email": "office@bay.example"})
    assert refused.status_code == 422
    assert "Anybody can have an address there" in refused.content.decode()
    typed = {"name": "Bay School", "domain": "@Bay.example", "admin_email": "office@bay.example"}
    page = client.post(address, typed, follow=True).content.decode()
    assert "What to do next" in page
    with inside(EVERYTHING):
        school = School.objects.get()
    assert (school.domain, school.ferpa_agreement, school.coppa_compliant) == ("bay.example", False, False)
    assert (school.subscription_tier, school.data_retention_days) == ("free", 1095)
    assert districts_of([school.pk]) == {school.pk: district.pk}
    assert "office@" not in json.dumps(told())


def test_what_an_administrator_may_not_set_stays(school: School) -> None:
    """The subscription is shown and not taken, whatever is sent; the log says old and new of what names nobody."""
    client = admin_of(school)
    address = reverse("school-edit", args=[school.pk])
    page = client.get(address).content.decode()
    assert "subscription_tier" not in page
    sent = {"name": "Bay Middle", "domain": school.domain, "admin_email": "new@bay.example", "seen": seen_in(page)}
    assert client.post(address, sent | {"subscription_tier": "enterprise", "max_teachers": "9"}).status_code == 302
    after = stored(school)
    assert (after.name, after.admin_email, after.subscription_tier) == ("Bay Middle", "new@bay.example", "premium")
    [said] = told()
    assert said["fields"] == ["admin_email", "name"]
    assert (said["before"], said["after"]) == ({"name": "Bay School"}, {"name": "Bay Middle"})


def test_two_people_edit_one_school(school: School) -> None:
    """The second sees both versions, and what was typed stays in the form."""
    client = admin_of(school)
    address = reverse("school-edit", args=[school.pk])
    seen = seen_in(client.get(address).content.decode())
    with inside(EVERYTHING):
        edit_school(school=school, values={"domain": "new.example"}, seen=fingerprint(school, FIELDS), by=BY, now=now())
    mine = {"name": "Mine", "domain": "bay.example", "admin_email": "a@bay.example", "seen": seen}
    answer = client.post(address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "new.example" in page
    assert 'value="Mine"' in page
    assert client.post(address, mine | {"seen": seen_in(page)}).status_code == 302
    assert stored(school).name == "Mine"


def test_days_that_nobody_touched_keep_their_moment() -> None:
    """A super administrator saves the form as it is: no moment of the subscription changes."""
    cache.clear()
    at = datetime(2025, 1, 31, 23, 30, tzinfo=UTC)
    school = make.school(subscription_start_date=at, trial_ends_at=None)
    client = Client()
    client.force_login(people.member("super_admin", email="super@office.example"))
    address = reverse("school-edit", args=[school.pk])
    page = client.get(address).content.decode()
    sent = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*?value="([^"]*)"', page))
    chosen = {"subscription_tier": "premium", "subscription_status": "active"}
    assert client.post(address, sent | chosen).status_code == 302
    assert (stored(school).subscription_start_date, told()) == (at, [])


def test_an_agreement_is_signed_and_taken_back(school: School, order: list[str]) -> None:
    """The exact words and who signed are kept; the flag follows: raised last, lowered first."""
    client = admin_of(school)
    sign, back = (reverse(name, args=[school.pk, "ferpa"]) for name in ("agreement-sign", "agreement-take-back"))
    assert client.post(sign, SIGNED | {"agreed": ""}).status_code == 422
    order.clear()
    assert client.post(sign, SIGNED).status_code == 302
    assert order == ["compliance.audit_log", "users.schools"]
    with inside(EVERYTHING):
        signed = SchoolStatement.objects.get()
    assert "Bay School names ClassWaves a school official" in signed.text
    assert signed.version.startswith("ferpa@1/en/sha256:")
    assert stored(school).ferpa_agreement is True
    again = client.post(back, SIGNED | {"reason": "The contract ended."})
    assert again.status_code == 409
    assert "The contract ended." in again.content.decode()
    order.clear()
    assert client.post(back, SIGNED | {"reason": "The contract ended.", "seen": signed.pk}).status_code == 302
    assert order == ["users.schools", "compliance.audit_log"]
    assert stored(school).ferpa_agreement is False
    page = client.get(reverse("school-agreements", args=[school.pk])).content.decode()
    assert "The contract ended." in page
    assert [one["step"] for one in told()] == ["signed", "taken_back"]
    assert "Ada" not in json.dumps(told())
    assert "contract ended" not in json.dumps(told())


@pytest.mark.parametrize(
    ("internal", "stated"),
    [("true", "an e-mail with a second step is enough"), ("false", "an e-mail verifies no parent's consent")],
)
def test_what_mail_may_verify_is_signed_with_the_coppa_statement(school: School, internal: str, stated: str) -> None:
    """The setting is no toggle alone: the school signs what it says (16 CFR 312.5(b)(2))."""
    make.setting(school=school, key="consent.internal_operations_only", value=internal, setting_type="bool")
    admin_of(school).post(reverse("agreement-sign", args=[school.pk, "coppa"]), SIGNED)
    with inside(EVERYTHING):
        assert stated in SchoolStatement.objects.get().text


def test_nobody_of_classwaves_signs_for_a_school(school: School) -> None:
    """A super administrator sees the agreements and has no way to sign them."""
    client = Client()
    client.force_login(people.member("super_admin", email="super@office.example"))
    assert "ClassWaves never signs" in client.get(reverse("school-agreements", args=[school.pk])).content.decode()
    assert client.post(reverse("agreement-sign", args=[school.pk, "ferpa"]), SIGNED).status_code == 403


def test_consent_and_open_work_are_of_this_school_alone(school: School) -> None:
    """Numbers by type and grade, and what waits, with another school of the same person beside it."""
    other = make.school(name="Other")
    client = Client()
    for one in (school, other):
        make.setting(school=one, key="district_id", value="d-1")
    client.force_login(people.member("district_admin", email="office@bay.example", district="d-1"))
    for home, grade in ((school, "5"), (school, "6"), (other, "6")):
        student = make.student(school=home, grade_level=grade)
        make.consent(student=student, consent_type="service_collection_use")
        make.consent(student=student, consent_type="ai_analysis", consent_given=grade == "5")
    page = client.get(reverse("school-coverage", args=[school.pk])).content.decode()
    assert re.search(r"Grade 5.*?>1<.*?1 <span[^>]*>\(100 %\)", page, re.DOTALL)
    assert "Grade 6" in page
    assert 'cw-chart__total">2<' in page
    assert client.get(reverse("school-work", args=[school.pk])).status_code == 200
