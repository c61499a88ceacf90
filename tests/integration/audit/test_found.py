"""An office finds what its people, and those of its district, tried and looked at: one event at each school."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from audit.record import NO_SCHOOL
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.integration.audit.test_export_jobs import begun, worked

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


def left(event: str, **where: object) -> dict[str, list[str]]:
    """Return the students that rows of an event name, by school."""
    delivery.deliver()
    with inside(EVERYTHING):
        rows = AuditLog.objects.filter(event_type=event, **where).values_list("school_id", "affected_student_ids")
        return {school: json.loads(students or "[]") for school, students in rows}


def found(office: Client, q: str) -> int:
    """Return how many rows the office's search shows."""
    delivery.deliver()
    return len(office.post("/audit/", {"q": q}, follow=True).context["lines"])


def test_the_office_finds_a_denial_of_its_teacher(office: Client, schools: Schools) -> None:
    """The reviewer's check: a teacher opens the log and is refused, and the office's search shows it."""
    teacher, row = people.staff("teacher", school=schools.harbour, email="okafor@harbour.example")
    assert signed_in(teacher).get("/audit/").status_code == 403
    assert found(office, f"event:auth.access_denied actor:{row.id}") == 1
    assert signed_in(people.account("nobody@else.example")).get("/audit/").status_code == 403
    assert set(left("auth.access_denied")) == {schools.harbour.id, NO_SCHOOL}


def test_a_denial_concerns_every_school_of_the_person(schools: Schools) -> None:
    """Whichever school is chosen, the offices of all of them find it."""
    both = (schools.harbour.id, schools.hill.id)
    browser = signed_in(people.member("auditor", email="a@audit.example", schools=both, until=date(2100, 1, 1)))
    browser.post(reverse("switch-school"), {"school": schools.hill.id})
    assert browser.get(reverse("key-list")).status_code == 403
    assert set(left("auth.access_denied")) == set(both)


@pytest.mark.parametrize("email", ["okafor@harbour.example", "DISTRICT@office.example", "who@where.example"])
def test_a_failed_sign_in_is_found_where_the_person_belongs(client: Client, schools: Schools, email: str) -> None:
    """A teacher's at the school, a district's at each of its schools, a stranger's at the portal; no address in it."""
    people.staff("teacher", school=schools.harbour, email="okafor@harbour.example")
    people.over(schools.harbour, schools.hill)
    client.post(reverse("account_login"), {"login": email, "password": "wrong"})
    expected: Iterable[str] = {
        "okafor@harbour.example": [schools.harbour.id],
        "DISTRICT@office.example": [schools.harbour.id, schools.hill.id],
        "who@where.example": [NO_SCHOOL],
    }[email]
    assert set(left("auth.login_failed")) == set(expected)
    with inside(EVERYTHING):
        assert all(email.lower() not in str(vars(row)).lower() for row in AuditLog.objects.all())


def test_a_suspended_person_is_refused_at_their_school(client: Client, schools: Schools) -> None:
    """The right password of who is suspended is a failed sign-in that the school finds."""
    make.teacher(school=schools.harbour, role="teacher", email="gone@harbour.example", status="suspended")
    people.account("gone@harbour.example")
    client.post(reverse("account_login"), {"login": "gone@harbour.example", "password": people.PASSWORD})
    assert set(left("auth.login_failed")) == {schools.harbour.id}


def test_each_school_finds_the_districts_searches_with_its_own_students(office: Client, schools: Schools) -> None:
    """List, bars, names while typing, a choice, disclosures and a file: a row each, of its own students alone."""
    here = make.student(school=schools.harbour, display_name="Maya R.")
    there = make.student(school=schools.hill, display_name="Maya S.")
    for child in (here, there):
        make.audit_row(school=child.school, event_type="consent.granted", resource_id=child.id)
    district = people.over(schools.harbour, schools.hill)
    browser, by = people.confirmed(signed_in(district)), {"actor_id": district.pk}
    both, children = {schools.harbour.id, schools.hill.id}, {schools.harbour.id: [here.id], schools.hill.id: [there.id]}
    browser.get("/audit/?q=event:consent.granted")
    assert left("audit.viewed", **by) == children
    page = office.get(reverse("student-accesses", args=[here.id]))
    assert [line["name"] for line in page.context["lines"]] == [district.name], "who looked shows the district"
    browser.get("/audit/over-time/")
    assert set(left("audit.viewed", data_accessed__contains="over_time", **by)) == both
    browser.post("/audit/suggestions/", {"q": "student:maya", "at": "12"})
    assert left("student.searched", **by) == children
    browser.post(reverse("report-access-audit"), {"student": "maya"})
    assert left("student.searched", data_accessed=None, **by) == children
    browser.get(reverse("disclosure-list"))
    assert set(left("audit.viewed", resource_type="disclosure", **by)) == both
    browser.post("/audit/take-away/", {"form": "csv", "q": f"student:{here.id}"})
    assert left("export.created", **by) == {schools.harbour.id: [here.id], schools.hill.id: []}
    assert found(office, f"event:export.created actor:{district.pk}") == 1


def test_a_file_of_several_schools_is_in_the_log_of_each(schools: Schools, settings: Settings) -> None:
    """What is made in the background is noted like what is handed over at once."""
    settings.EXPORT_AT_ONCE_ROWS = 0
    for school in (schools.harbour, schools.hill):
        make.audit_row(school=school)
    both = {schools.harbour.id, schools.hill.id}
    browser = people.confirmed(signed_in(people.over(schools.harbour, schools.hill)))
    making = worked(begun(browser, query="event:student.viewed"))
    assert set(left("export.created")) == both
    browser.get(reverse("made-download", args=[making.pk, "csv"]))
    assert set(left("export.downloaded")) == both
    browser.post(reverse("made-delete", args=[making.pk]))
    assert set(left("export.deleted")) == both
