"""Who looked at a child's record."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.events import EVENTS
from audit.models import Making
from audit.reports.access import HEADER, gather
from audit.rules.reading import LOOKS
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK
from classwaves_admin.tenancy.scope import inside
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.integration.audit.test_list import noted

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


def test_every_look_is_counted_by_person(office: Client, schools: Schools) -> None:
    """Reads in the child's record, lists, files and events of other services count; changes do not."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    other = make.student(school=schools.harbour, display_name="Noor")
    teacher = make.teacher(school=schools.harbour, name="Ms Okafor")

    def row(actor: str, event: str, **values: str) -> str:
        return make.audit_row(school=schools.harbour, actor_id=actor, event_type=event, **values).id

    looks = [
        row(teacher.id, "student.viewed", resource_id=child.id),
        row(teacher.id, "student.viewed", resource_id=child.id),
        row(teacher.id, "student.searched", affected_student_ids=json.dumps([other.id, child.id])),
        row("guardian", "consent.viewed", resource_id=child.id, actor_type="parent"),
        row("gradebook", "grades.read", affected_student_ids=child.id),
    ]
    row(teacher.id, "consent.granted", resource_id=child.id)
    row("snoop", "student.viewed", resource_id=other.id)
    page = office.get(reverse("student-accesses", args=[child.id]))
    lines = {line["name"]: line for line in page.context["lines"]}
    assert {name: line["times"] for name, line in lines.items()} == {"Ms Okafor": 3, "A guardian": 1, "gradebook": 1}
    assert lines["Ms Okafor"]["looks"] == [
        {"label": "Student record viewed", "times": 2},
        {"label": "Students listed or searched", "times": 1},
    ]
    assert (noted()["event_type"], noted()["resource_id"]) == ("audit.viewed", child.id)
    assert len(office.get(lines["Ms Okafor"]["url"]).context["lines"]) == 3
    assert {line.id for line in office.get(page.context["each_url"]).context["lines"]} == set(looks)
    people.confirmed(office)
    taken = office.get(page.context["take_away_url"])
    answer = office.post("/audit/take-away/", {"form": "csv", "q": taken.context["search"].text})
    file = csv.DictReader(io.StringIO(answer.getvalue().decode().removeprefix(BYTE_ORDER_MARK), newline=""))
    assert {line["id"] for line in file} == set(looks)


def test_files_of_the_whole_school_are_told_apart(office: Client, schools: Schools) -> None:
    """A register or an export that names nobody may hold the child; one about another child, or of no child, not."""
    child, other = (make.student(school=schools.harbour) for _ in range(2))
    teacher = make.teacher(school=schools.harbour, name="Ms Okafor")

    def file(event: str, resource: str = "made_file", school: School = schools.harbour, **values: str) -> None:
        make.audit_row(school=school, actor_id=teacher.id, event_type=event, resource_type=resource, **values)

    file("report.generated")
    file("report.downloaded")
    file("export.created", "audit_log")
    file("report.generated", affected_student_ids=json.dumps([other.id]))
    file("report.downloaded", "data_inventory")
    file("report.generated", school=schools.hill)
    page = office.get(reverse("student-accesses", args=[child.id]))
    [line] = page.context["files"]
    assert (line["name"], line["times"], page.context["lines"]) == ("Ms Okafor", 3, [])
    assert "Files of the whole school" in page.content.decode()


def test_the_report_of_every_look_is_the_same_search(office: Client, schools: Schools) -> None:
    """Its rows are those that the page counts, and its cover says so."""
    child = make.student(school=schools.harbour)
    for event in ("student.viewed", "grades.read", "consent.granted", "notice.sent"):
        make.audit_row(school=schools.harbour, event_type=event, resource_id=child.id)
    page = office.get(reverse("student-accesses", args=[child.id]))
    people.confirmed(office)
    form = office.get(page.context["report_url"]).context["form"]
    office.post(reverse("report-access-audit"), {name: form[name].value() for name in ("student", "looks")})
    making = Making.objects.get()
    delivery.deliver()
    with inside(making.scope):
        report = gather(making, now())
        kinds = {row.values[HEADER.index("event_type")] for row in report.rows}
    assert kinds == {"student.viewed", "grades.read", "audit.viewed"}
    assert "Looks alone" in report.filters


def test_the_page_is_linked_from_the_record(office: Client, schools: Schools) -> None:
    """The office finds it on the student's page, and it is empty for a child that nobody has looked at."""
    child = make.student(school=schools.harbour)
    address = reverse("student-accesses", args=[child.id])
    assert b"Nobody has looked at this record yet" in office.get(address).content
    assert address in office.get(reverse("student-detail", args=[child.id])).content.decode()


def test_another_schools_child_does_not_exist(schools: Schools) -> None:
    """Wrong school is 404; a teacher has no page of who looked."""
    child = make.student(school=schools.harbour)
    address = reverse("student-accesses", args=[child.id])
    there, _ = people.staff(school=schools.hill, email="office@hill.example")
    teacher, _ = people.staff("teacher", school=schools.harbour, email="t@harbour.example")
    assert signed_in(there).get(address).status_code == 404
    assert signed_in(teacher).get(address).status_code == 403


def test_the_page_costs_three_questions(office: Client, schools: Schools) -> None:
    """The child, who looked, the names; as many for a hundred looks."""
    child = make.student(school=schools.harbour)
    address = reverse("student-accesses", args=[child.id])
    office.get(address)
    for _ in range(20):
        teacher = make.teacher(school=schools.harbour)
        make.audit_row(school=schools.harbour, actor_id=teacher.id, resource_id=child.id)
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        office.get(address)
    assert len([query for query in asked if query["sql"].lstrip("( ").startswith("SELECT")]) == 3


def test_looks_are_events_that_the_portal_knows() -> None:
    """A name that is mistyped would count a look as none."""
    assert set(EVENTS) >= LOOKS
