"""The dashboard: true numbers for the schools in scope, at the cost of three queries."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from audit.record import record
from audit.unusual import look_portion
from classwaves_admin.accounts.models import SupportGrant
from classwaves_admin.accounts.support.rules import ASKED_FOR
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import School, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.coverage import coverage_portion
from consent.models import CoverageDay
from consent.vocabulary import ConsentType
from retention.models import Certificate, SchoolMove
from retention.vocabulary import RequestKind
from tests.factories import catalog as make
from tests.factories import certificates, families, made, people, policies, requests, runs, support

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
    return {tile.label: tile.value for tile, _ in client.get(reverse(HOME)).context["tiles"]}


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
    ((line, url),) = office.get(reverse(HOME)).context["activity"]
    assert (line.label, line.times) == ("Roster imported", 2)
    rows = office.get(url, follow=True).context["lines"]
    assert [row.event for row in rows] == ["roster.imported"] * 2


def test_open_work_links_to_the_students_concerned(school: School, office: Client) -> None:
    """What waits for the office leads to the list of exactly those students."""
    child(school)
    assert "/students/?standing=not_asked" in office.get(reverse(HOME)).content.decode()


def test_each_number_of_the_charts_leads_to_its_students(school: School, office: Client) -> None:
    """The list behind a cell has as many rows as it says; a grade that rosters write in two ways has none."""
    for grade in ("7", "7", "6", "06"):
        child(school, grade_level=grade)
    families.consents(child(school, grade_level="7"))
    families.consents(child(school, grade_level="8"), consent_given=False)
    with inside(EVERYTHING):
        for day in (date(2026, 1, 31), clock.now().date()):
            CoverageDay.objects.create(
                school_id=school.id, grade="7", day=day, students=3, recordable=1, under_13_without_consent=0
            )
    context = office.get(reverse(HOME)).context
    told = [(part["url"], part["count"]) for row in context["rows"] for part in row["parts"] if part["count"]]
    told += [(row["url"], sum(part["count"] for part in row["parts"])) for row in context["rows"]]
    behind = {url: number for url, number in told if url}
    assert behind == {url: len(office.get(url).context["lines"]) for url in behind}
    assert sorted(behind.values()) == [1, 1, 1, 2, 3]
    assert [number for url, number in told if not url] == [1, 1, 1, 1]
    page = office.get(reverse(HOME)).content.decode()
    assert all(f'href="{escape(url)}"' in page for url in behind)
    assert 'href="/students/?standing=recordable"' in page


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


def test_classwaves_sees_the_installation_and_no_student() -> None:
    """Without a grant the first page tells how the installation is; within one it is the district's dashboard."""
    client = Client()
    client.force_login(people.member("super_admin", email="root@classwaves.example"))
    OutboxEntry.objects.create(unit="u", table="users.students", row_id="s", operation="delete", stuck_at=clock.now())
    page = client.get(reverse(HOME))
    assert "1 change is stuck on its way to the catalog" in page.content.decode()
    assert "tiles" not in page.context
    support.entered(client, support.grant("d-1").pk)
    assert "1 change is stuck on its way to the catalog" in client.get(reverse(HOME)).content.decode()


def test_each_number_that_waits_leads_to_exactly_those(school: School, office: Client) -> None:
    """Requests that are due soon, runs that wait, removals that are late: the list behind a number has as many rows."""
    student = child(school)
    now = clock.now()
    requests.request(student, received=now - timedelta(days=43))
    requests.request(student, RequestKind.CORRECT)
    make.transcription(session=make.session(school=school), created_at=now - timedelta(days=3_000))
    runs.run(school)  # counted, and waits
    runs.run(school, kind=Retention.MESSAGES)  # nothing to do: done at once
    certificates.certificate(school)
    late = certificates.certificate(school)
    with inside(EVERYTHING):
        Certificate.objects.filter(pk=late.pk).update(due_at=now - timedelta(days=1))
    work = {one.page: (one, url) for one, url in office.get(reverse(HOME)).context["work"]}
    assert work["certificate-list"][0].sentence.startswith("1 certificate is late")
    assert [one.pk for one in office.get(work["certificate-list"][1]).context["certificates"]] == [late.pk]
    assert work["request-list"][0].sentence.startswith("1 request")
    assert len(office.get(work["request-list"][1]).context["lines"]) == 1
    assert work["run-list"][0].sentence.startswith("1 deletion by policy")
    assert len(office.get(work["run-list"][1]).context["runs"]) == 1


def test_reviews_requests_of_classwaves_changes_and_moves_wait_too(school: School, office: Client) -> None:
    """What waits for a decision stands in the open work of whose decision it is, with exactly those behind it."""
    district = make.district(name="Old District")
    make.setting(school=school, key="district_id", value=district.pk)
    policies.change(school)
    move = policies.move(school)
    ours = Client()
    ours.force_login(people.member("district_admin", email="office@old.example", district=district.pk))
    root = people.member("super_admin", email="root@classwaves.example")
    support.request(district.pk, root)
    with inside(EVERYTHING):
        lapsed = SupportGrant.objects.filter(pk=support.request(district.pk, root).pk)
        lapsed.update(asked_at=clock.now() - ASKED_FOR)
    found = {one.page: (one, url) for one, url in ours.get(reverse(HOME)).context["work"]}
    rows = {"review-list": "due", "support-list": "lines", "policy-list": "changes", "school-list": "moves"}
    for page, name in rows.items():
        assert found[page][0].sentence.startswith("1 "), page
        behind = ours.get(found[page][1], follow=True).context[name]
        assert (behind if isinstance(behind, int) else len(behind)) == 1, page
    assert [one.page for one, _ in office.get(reverse(HOME)).context["work"]] == ["policy-list", "review-list"]
    with inside(EVERYTHING):
        SchoolMove.objects.filter(pk=move.pk).update(from_district="")
    assert "school-list" in [one.page for one, _ in office.get(reverse(HOME)).context["work"]]


def test_an_auditor_reads_what_was_granted(school: School) -> None:
    """Schools, the last day and the newest reports stand first; numbers lead nowhere that an auditor may not go."""
    child(school)
    made.made(school)
    client = Client()
    auditor = people.member("auditor", email="a@audit.example", schools=(school.pk,), until=date(2100, 1, 1))
    client.force_login(auditor)
    page = client.get(reverse(HOME))
    assert "Jan 1, 2100" in page.content.decode()
    assert len(page.context["granted"].reports) == 1
    assert not any(url for tile, url in page.context["tiles"] if tile.page)


def counted_coverage(day: str) -> None:
    """Let the worker count who is covered."""
    with inside(EVERYTHING):
        job = Job(kind="consent.coverage", subject_id=day, actor_id="system:consent", actor_type="system")
        while not coverage_portion(job=job, now=clock.now()).finished:
            pass


def test_coverage_is_kept_every_night_and_worked_out_for_the_months_before(school: School, office: Client) -> None:
    """The first night writes the months before from consents; a repeated night changes nothing; the page draws it."""
    student = child(school, grade_level="6")
    for kind in (ConsentType.SERVICE, ConsentType.AUDIO):
        long_ago = clock.now() - timedelta(days=100)
        make.consent(student=student, consent_type=kind, consent_date=long_ago, verified_at=long_ago)
    make.school(name="Nobody's School")
    today = clock.now().astimezone(UTC).date()
    for _ in range(2):
        counted_coverage(today.isoformat())
    with inside(EVERYTHING):
        days = CoverageDay.objects.filter(school_id=school.pk).order_by("day")
        assert len(days) == 13
        assert (days[0].recordable, days[0].worked_out) == (0, True)
        assert (days[12].recordable, days[12].students, days[12].worked_out) == (1, 1, False)
    line = office.get(reverse(HOME)).context["coverage"].lines[0]
    assert (line.first, line.last) == (0, 100)


def test_unusual_access_is_found_by_night(school: School, office: Client) -> None:
    """Somebody who looked at far more records than in their month is on the list, which the dashboard counts."""
    _, teacher = people.staff("teacher", school=school, email="busy@harbour.example")
    midnight = clock.now().astimezone(UTC).replace(hour=12) - timedelta(days=1)
    for back, looks in ((0, 50), (3, 2), (4, 2), (5, 2), (6, 2), (7, 2)):
        for number in range(looks):
            make.audit_row(
                school=school,
                event_type="student.viewed",
                actor_id=teacher.pk,
                actor_type="teacher",
                event_timestamp=midnight - timedelta(days=back, seconds=number),
            )
    job = Job(
        kind="audit.unusual", subject_id=midnight.date().isoformat(), actor_id="system:audit", actor_type="system"
    )
    with inside(EVERYTHING):
        look_portion(job=job, now=clock.now())
        look_portion(job=job, now=clock.now())  # a portion may run twice
    work = {one.page: one.sentence for one, _ in office.get(reverse(HOME)).context["work"]}
    assert work["unusual-list"] == "On 1 day somebody saw far more records than usual"
    page = office.get(reverse("unusual-list"))
    assert len(page.context["lines"]) == 1
    assert "50 looks at records. In the month before: on 5 days, 2 on an ordinary one" in page.content.decode()
