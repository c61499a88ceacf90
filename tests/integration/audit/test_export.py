"""The audit log as a file: what the search finds, to the last row, and logged before the first byte."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.views.export import COLUMNS
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK
from classwaves_admin.warehouse import arrow
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.integration.audit.test_list import noted

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
URL = "/audit/rows.csv"


def rows(browser: Client, **query: str) -> list[dict[str, str]]:
    """Return the rows of the file."""
    answer = browser.post(URL, query)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode()
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_every_column_of_every_row_newest_first(
    office: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is longer than a page and than a batch, and holds the columns of the catalog in its order."""
    monkeypatch.setattr(arrow.batches, "__kwdefaults__", {"size": 7})
    moments = [datetime(2025, 3, 4, 15, minute, 0, minute, tzinfo=UTC) for minute in range(60)]
    ids = [make.audit_row(school=schools.harbour, event_timestamp=moment).id for moment in moments]
    found = rows(office)
    assert [row["id"] for row in found] == ids[::-1]
    assert list(found[0]) == COLUMNS
    assert found[0]["event_timestamp"] == "2025-03-04 15:59:00.000059Z"
    assert found[0]["session_id"] == ""


def test_the_file_is_what_the_filters_find(office: Client, schools: Schools) -> None:
    """The same search as on the page, names included; the button carries it."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    wanted = make.audit_row(school=schools.harbour, resource_id=child.id, event_type="consent.granted").id
    make.audit_row(school=schools.harbour, event_type="auth.login", resource_id=child.id)
    make.audit_row(school=schools.harbour, event_type="consent.granted")
    assert [row["id"] for row in rows(office, student="maya", event="consent.*")] == [wanted]
    page = office.get("/audit/", {"student": "maya", "event": "consent.*"}, follow=True).content.decode()
    assert f'<input type="hidden" name="q" value="event:consent.* student:{child.id}">' in page
    assert "Download CSV" in page


def test_cells_cannot_calculate(office: Client, schools: Schools) -> None:
    """What another service wrote is text in a spreadsheet."""
    make.audit_row(school=schools.harbour, description="=1+1", user_agent='say "hi",\n-1')
    (row,) = rows(office)
    assert row["description"] == "'=1+1"
    assert row["user_agent"] == 'say "hi",\n-1'


def test_the_export_is_in_the_log_before_the_first_byte(office: Client, schools: Schools) -> None:
    """Who took how many rows, by which search; what was typed stays out, and so does the event from its own file."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    for _ in range(3):
        make.audit_row(school=schools.harbour, resource_id=child.id, event_type="student.viewed")
    answer = office.post(URL, {"student": "maya", "event": "student.viewed", "first": "2025-01-01"})
    row = noted()
    assert row["event_type"] == "export.created"
    assert row["school_id"] == schools.harbour.id
    assert json.loads(str(row["affected_student_ids"])) == [child.id]
    assert "maya" not in json.dumps(row).lower()
    assert json.loads(str(row["data_accessed"])) == {
        "format": "csv",
        "rows": 3,
        "filters": ["since", "events", "students"],
        "events": ["student.viewed"],
        "categories": [],
        "since": "2025-01-01T00:00:00-05:00",
        "until": None,
    }
    delivery.deliver()
    assert b"export.created" not in answer.getvalue()


def test_each_person_takes_away_their_own_schools(schools: Schools) -> None:
    """A school's office gets its rows, another school's none of them, a teacher is refused."""
    here = make.audit_row(school=schools.harbour).id
    for school, expected in ((schools.harbour, [here]), (schools.hill, [])):
        user, _ = people.staff(school=school, email=f"office@{school.domain}")
        assert [row["id"] for row in rows(signed_in(user))] == expected
    teacher, _ = people.staff("teacher", school=schools.harbour, email="t@harbour.example")
    assert signed_in(teacher).post(URL).status_code == 403


def test_an_address_takes_nothing_away(office: Client) -> None:
    """A link, a crawler of mails or a picture on a page cannot start an export."""
    assert office.get(URL).status_code == 405
    assert not OutboxEntry.objects.filter(payload__event_type="export.created").exists()


def test_a_search_that_cannot_be_read_is_told(office: Client) -> None:
    """Wrong filters give the page with its marks, and no file."""
    answer = office.post(URL, {"first": "2025-03-05", "last": "2025-03-04"})
    assert answer.status_code == 400
    assert b"on or after the first one" in answer.content


def test_a_failure_at_the_start_is_no_torn_file(
    office: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warehouse that fails before the first row gives the error page, not half a file."""

    def failing(*args: object, **options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(arrow.rows, "batches", failing)
    make.audit_row(school=schools.harbour)
    office.raise_request_exception = False
    assert office.post(URL).status_code >= 500


def test_the_file_costs_three_questions_at_most(office: Client, schools: Schools) -> None:
    """The name, the number, the rows."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    make.audit_row(school=schools.harbour, resource_id=child.id)
    rows(office, student="maya")
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        rows(office, student="maya")
    assert sum(query["sql"].startswith("SELECT") for query in asked) <= 3
