"""The dashboard: true numbers for the schools in scope, at the cost of three queries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.record import record
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.warehouse.models import School, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families, people, support

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"])]
HOME = "dashboard"


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def school() -> School:
    """Harbour School."""
    return make.school(name="Harbour School")


@pytest.fixture
def office(school: School) -> Client:
    """The school's admin, signed in."""
    client = Client()
    client.force_login(people.staff("admin", school=school)[0])
    return client


def child(school: School, *, age: int = 15, **given: Any) -> Student:
    """Save a student of a known age, 15 unless given."""
    saved = make.student(school=school, **given)
    make.coppa(student=saved, birth_year=clock.now().year - age, is_under_13=age < 13)
    return saved


def numbers_of(client: Client) -> dict[str, int]:
    """Return the tiles of the dashboard by their labels."""
    return {tile.label: tile.value for tile in client.get(reverse(HOME)).context["tiles"]}


def test_the_numbers_are_those_of_the_rules(school: School, office: Client) -> None:
    """Each tile counts the students whom the rules put there, and the bars add up."""
    now = clock.now()
    families.consents(child(school), expires_at=now + timedelta(days=10))
    late = now - timedelta(days=8)
    families.consents(child(school), verified_at=None, consent_date=late)
    asked = child(school)
    families.request(families.guardian(asked), asked)
    families.consents(child(school), consent_given=False)
    disagreed = child(school)
    families.consents(disagreed)
    make.consent(student=disagreed, consent_type=ConsentType.AUDIO.value, consent_given=False)
    child(school, age=9)
    make.student(school=school)
    child(school, status="inactive")
    families.consents(child(make.school()))
    assert numbers_of(office) == {
        "Students": 7,
        "May be recorded today": 1,
        "Waiting for an answer": 1,
        "Not verified in time": 1,
        "Refused": 1,
        "Guardians disagree": 1,
        "Ends soon": 1,
        "Under 13 without consent": 2,
    }
    bars = office.get(reverse(HOME)).context["rows"]
    assert sum(part["count"] for bar in bars for part in bar["parts"]) == 7


def test_it_costs_three_queries_whatever_the_students(school: School, office: Client) -> None:
    """Twice the students cost the same three queries."""

    def reads() -> int:
        with CaptureQueriesContext(connections["warehouse"]) as queries:
            office.get(reverse(HOME))
        # PostgreSQL reads a long answer through a cursor.
        return sum(query["sql"].startswith(("SELECT", "DECLARE")) for query in queries)

    for _ in range(4):
        families.consents(child(school))
    office.get(reverse(HOME))
    first = reads()
    for _ in range(4):
        families.consents(child(school))
    assert first == reads() == 3


def test_an_empty_school_says_what_to_do(office: Client) -> None:
    """Without students the page tells of the roster import and shows no empty chart."""
    page = office.get(reverse(HOME)).content.decode()
    assert "No students yet" in page
    assert "cw-chart" not in page


def test_it_names_no_student(school: School, office: Client) -> None:
    """The dashboard counts; it shows no child."""
    child(school, display_name="Quillon Z.")
    assert "Quillon" not in office.get(reverse(HOME)).content.decode()


def test_recent_activity_tells_changes_once_and_leaves_looks_out(school: School, office: Client) -> None:
    """Two imports are one line with their number; looking at a student is none."""
    with transaction.atomic():
        for name in ("roster.imported", "roster.imported", "student.viewed"):
            record(name, by=system("test"), school_id=school.id, resource=("school", school.id))
    delivery.deliver()
    activity = office.get(reverse(HOME)).context["activity"]
    assert [(one.label, one.times) for one in activity] == [("Roster imported", 2)]


def test_open_work_links_to_the_students_concerned(school: School, office: Client) -> None:
    """What waits for the office leads to the list of exactly those students."""
    child(school)
    assert "/students/?standing=not_asked" in office.get(reverse(HOME)).content.decode()


def test_a_district_sees_its_schools_apart() -> None:
    """With several schools there is a bar for each, by name."""
    for name in ("North", "South"):
        one = make.school(name=name)
        make.setting(school=one, key="district_id", value="d-1")
        child(one)
    client = Client()
    client.force_login(people.member("district_admin", email="office@district.example", district="d-1"))
    assert [row["name"] for row in client.get(reverse(HOME)).context["rows"]] == ["North", "South"]


def test_an_auditor_sees_numbers_without_links_to_students(school: School) -> None:
    """An auditor may not open the list, so nothing leads there."""
    child(school)
    client = Client()
    client.force_login(
        people.member("auditor", email="audit@firm.example", schools=(school.id,), until=date(2100, 1, 1))
    )
    page = client.get(reverse(HOME))
    assert page.status_code == 200
    assert "/students/" not in page.content.decode()


def test_a_teacher_is_led_to_the_consent_states(school: School) -> None:
    """Teachers have no dashboard."""
    client = Client()
    client.force_login(people.staff("teacher", school=school)[0])
    assert client.get(reverse(HOME))["Location"] == reverse("consent-states")


def test_somebody_without_a_role_is_told_whom_to_ask() -> None:
    """A person may sign in before anybody has given them a role."""
    client = Client()
    client.force_login(people.account("new@harbour.example"))
    page = client.get(reverse(HOME))
    assert page.status_code == 403
    assert "no access yet" in page.content.decode()


def test_classwaves_is_told_of_stuck_changes_within_a_grant() -> None:
    """Stuck changes show on the first page of those who can mend them; without a grant that is no dashboard."""
    client = Client()
    client.force_login(people.member("super_admin", email="root@classwaves.example"))
    OutboxEntry.objects.create(unit="u", table="users.students", row_id="s", operation="delete", stuck_at=clock.now())
    assert client.get(reverse(HOME))["Location"] == reverse("district-list")
    support.entered(client, support.grant("d-1").pk)
    assert "The catalog refused 1 change." in client.get(reverse(HOME)).content.decode()
