"""The pages of the inventory: counts, differences, subprocessors, and the files to take along."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from pypdf import PdfReader

from classwaves_admin.accounts.roles import Role
from classwaves_admin.inventory.models import Subprocessor, Survey, TableCount
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import inventory, people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]


def browser_of(user: Any) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def school() -> Any:
    """Save a school with three students, and another with one."""
    ours = make.school(name="Harbour School")
    for number in range(3):
        make.student(school=ours, display_name=f"Child {number}")
    make.student(school=make.school(name="Hill School"))
    return ours


@pytest.fixture
def office(school: Any) -> Client:
    """Return the browser of the first school's office."""
    return browser_of(people.staff("admin", school=school)[0])


@pytest.fixture
def keeper() -> Client:
    """Return the browser of a super administrator."""
    return browser_of(people.member("super_admin", email="super@office.example"))


def events(name: str) -> list[AuditLog]:
    """Return the events of a name in the log."""
    delivery.deliver()
    with inside(EVERYTHING):
        return list(AuditLog.objects.filter(event_type=name))


def test_an_office_sees_its_own_counts(office: Client, school: Any) -> None:
    """The numbers of a school are its own, and say when they were counted; a new count replaces the old one."""
    assert "have not been counted yet" in office.get("/inventory/").content.decode()
    inventory.survey()
    make.student(school=school)
    newest = inventory.survey()
    lines = {line["entry"].name: line["rows"] for line in office.get("/inventory/").context["lines"]}
    assert lines["users.students"] == 4
    assert lines["users.schools"] == 1
    assert lines["operational.background_jobs"] is None
    with inside(EVERYTHING):
        assert list(Survey.objects.all()) == [newest]
        assert set(TableCount.objects.values_list("survey", flat=True)) == {newest.pk}


def test_the_installation_sees_all_counts(keeper: Client, school: Any) -> None:
    """Who keeps the list of subprocessors sees the rows of every school and of none."""
    inventory.survey()
    lines = {line["entry"].name: line["rows"] for line in keeper.get("/inventory/").context["lines"]}
    assert lines["users.students"] == 4
    assert lines["operational.background_jobs"] == 0


def test_a_count_is_not_asked_for_twice(office: Client) -> None:
    """The button starts one job; while it is open or fresh, a second press starts none."""
    for _ in range(2):
        assert office.post("/inventory/count/").status_code == 302
    with inside(EVERYTHING):
        assert Job.objects.filter(kind="inventory.survey").count() == 1
    assert "Tables counted" in office.get("/inventory/").content.decode()


def test_a_column_without_a_class_is_a_finding(office: Client) -> None:
    """What another service adds to the catalog is shown with what to do, on the list and at its table."""
    with connections["warehouse"].cursor() as cursor:
        cursor.execute('ALTER TABLE "users.students" ADD COLUMN "shoe_size" text')
    try:
        inventory.survey()
    finally:
        with connections["warehouse"].cursor() as cursor:
            cursor.execute('ALTER TABLE "users.students" DROP COLUMN "shoe_size"')
    for address in ("/inventory/", "/inventory/table/?name=users.students"):
        page = office.get(address).content.decode()
        assert "users.students.shoe_size" in page
        assert "give it a class in warehouse/inventory/" in page


def test_filters_show_the_columns_that_fit(office: Client) -> None:
    """A class narrows the list; what cannot be read says so; an unknown table is 404."""
    page = office.get("/inventory/?privacy=voice").content.decode()
    assert "key_phrases" in page
    assert "users.students" not in page
    assert "Nothing fits" in office.get("/inventory/?words=zeppelin").content.decode()
    assert "cannot be read" in office.get("/inventory/?privacy=zeppelin").content.decode()
    assert office.get("/inventory/table/?name=users.nobody").status_code == 404


def test_the_policy_in_force_is_shown(office: Client, school: Any) -> None:
    """A school's own days stand at the tables that they rule."""
    make.retention_policy(school=school, policy_type="messages", retention_days=90, delete_after_days=120)
    page = office.get("/inventory/table/?name=communication.messages").content.decode()
    assert "120 days" in page
    assert "Set by the school" in page


def test_files_hold_every_column_and_are_audited(office: Client) -> None:
    """The CSV lists all columns; the PDF prints its hash, names the subprocessors, and is tagged PDF/UA."""
    inventory.subprocessor()
    inventory.survey()
    content = office.get("/inventory/data-inventory.csv").content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 420
    voice = next(row for row in rows if (row["Table"], row["Column"]) == ("sessions.transcriptions", "content"))
    assert voice["Subprocessors"] == "Nimbus Storage"
    assert voice["Destroyed after"] == "395 days"
    printed = PdfReader(io.BytesIO(office.get("/inventory/exhibit-b.pdf").content))
    text = "".join(page.extract_text() for page in printed.pages)
    assert sha256_hex(content)[:32] in text
    assert "Nimbus Storage" in text
    assert "/StructTreeRoot" in printed.root_object
    assert b"Nimbus Storage" in office.get("/inventory/subprocessors.csv").content
    assert {row.resource_id for row in events("report.downloaded")} == {"columns", "exhibit_b", "subprocessors"}


def test_subprocessors_have_a_history(keeper: Client, office: Client) -> None:
    """One is added, changed with a reason, ends; the office sees each step, and may change nothing."""
    entry = {
        "name": "Nimbus Storage",
        "purpose": "Stores recordings",
        "classes": ["voice"],
        "location": "Oregon",
        "since": "2024-07-01",
        "agreement": "https://nimbus.example/dpa",
    }
    assert keeper.post("/inventory/subprocessors/new/", entry | {"until": "2024-06-30"}).status_code == 422
    assert keeper.post("/inventory/subprocessors/new/", entry | {"agreement": "http://n.example"}).status_code == 422
    assert keeper.post("/inventory/subprocessors/new/", entry).status_code == 302
    made = Subprocessor.objects.get()
    detail = f"/inventory/subprocessors/{made.pk}/"
    seen = keeper.get(f"{detail}edit/").context["form"]["seen"].value()
    ended = entry | {"until": "2025-01-31", "reason": "Contract ended", "seen": seen}
    assert keeper.post(f"{detail}edit/", ended).status_code == 302
    made.refresh_from_db()
    assert made.until == date(2025, 1, 31)
    page = office.get(detail).content.decode()
    assert "Contract ended" in page
    assert "Jan 31, 2025" in page
    assert "No longer at work" in office.get("/inventory/subprocessors/").content.decode()
    assert office.get(f"{detail}edit/").status_code == 403
    changes = [row for row in events("settings.changed") if row.resource_type == "subprocessor"]
    assert len(changes) == 2


def test_two_people_change_one_entry(keeper: Client) -> None:
    """Who comes second sees both versions, loses nothing, and may save on top of the first."""
    made = inventory.subprocessor()
    address = f"/inventory/subprocessors/{made.pk}/edit/"
    seen = keeper.get(address).context["form"]["seen"].value()
    entry = {
        "name": made.name,
        "purpose": made.purpose,
        "classes": made.classes,
        "since": "2024-07-01",
        "reason": "Moved",
    }
    assert keeper.post(address, entry | {"location": "Ohio", "seen": seen}).status_code == 302
    answer = keeper.post(address, entry | {"location": "Texas", "seen": seen})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Ohio" in page
    assert "Texas" in page
    again = answer.context["form"]["seen"].value()
    assert keeper.post(address, entry | {"location": "Texas", "seen": again}).status_code == 302
    made.refresh_from_db()
    assert made.location == "Texas"


@pytest.mark.parametrize("role", [Role.TEACHER])
def test_a_teacher_sees_no_inventory(role: Role, school: Any) -> None:
    """The inventory is for those who answer for the data."""
    teacher = browser_of(people.staff(role.value, school=school, email="teacher@harbour.example")[0])
    assert teacher.get("/inventory/").status_code == 403
