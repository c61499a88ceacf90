"""Rows of the log as a file, at once: what the search finds, to the last row, and logged before the first byte."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from audit.exports import at_once
from audit.exports.formats import COLUMNS
from audit.exports.writing import RowsChanged
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse import arrow
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.integration.audit.test_list import noted

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
URL = "/audit/take-away/"


@pytest.fixture
def fresh(office: Client) -> Client:
    """Rivera, who has just signed in again."""
    people.confirmed(office)
    return office


def content(browser: Client, form: str = "csv", **query: str) -> bytes:
    """Return the file."""
    answer = browser.post(URL, {"form": form, **query})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    return bytes(answer.getvalue())


def rows(browser: Client, **query: str) -> list[dict[str, str]]:
    """Return the rows of the CSV file."""
    text = content(browser, **query).decode()
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def export_events() -> list[dict[str, Any]]:
    """Return the data of the exports in the log."""
    delivery.deliver()
    with inside(EVERYTHING):
        found = AuditLog.objects.filter(event_type="export.created").order_by("event_timestamp", "id")
        return [json.loads(str(row.data_accessed)) for row in found]


def test_every_column_of_every_row_newest_first(
    fresh: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is longer than a page and than a batch, and holds the columns of the catalog in its order."""
    monkeypatch.setattr(arrow.batches, "__kwdefaults__", {"size": 7})
    moments = [datetime(2025, 3, 4, 15, minute, 0, minute, tzinfo=UTC) for minute in range(60)]
    ids = [make.audit_row(school=schools.harbour, event_timestamp=moment).id for moment in moments]
    found = rows(fresh, q="after:2025-03-03 before:2025-03-06")
    assert [row["id"] for row in found] == ids[::-1]
    assert list(found[0]) == COLUMNS
    assert found[0]["event_timestamp"] == "2025-03-04 15:59:00.000059Z"
    assert found[0]["session_id"] == ""


def test_each_form_holds_the_same_rows(fresh: Client, schools: Schools) -> None:
    """CSV, JSON Lines, Parquet and both in the ZIP; the manifest names query, rows, columns and hashes."""
    texts = ["=1+1", 'say "hi",\n-1', "漢字 🇺🇸 \u202e", " ", '{"wrong": ', "x" * 10_000, "\u2028"]
    years = [1970, 2100, 2025, 2024, 2023, 2022, 2021]
    for text, year in zip(texts, years, strict=True):
        moment = datetime(year, 1, 2, tzinfo=UTC)
        make.audit_row(
            school=schools.harbour,
            event_type="other.event",
            event_timestamp=moment,
            created_at=moment,
            description=text,
            data_accessed=text,
            ip_address="AWS Internal",
        )
    with inside(EVERYTHING):
        stored = list(AuditLog.objects.filter(event_type="other.event").order_by("-event_timestamp").values(*COLUMNS))
    asked = "event:other.event"
    lines = [json.loads(line) for line in content(fresh, "jsonl", q=asked).splitlines()]
    for row in lines:
        for name in ("event_timestamp", "created_at"):
            row[name] = datetime.fromisoformat(row[name])
    assert lines == stored
    assert pq.read_table(io.BytesIO(content(fresh, "parquet", q=asked))).to_pylist() == stored
    cells = [row["description"] for row in rows(fresh, q=asked)]
    assert [cell.removeprefix("'") for cell in cells] == [row["description"] for row in stored]
    with zipfile.ZipFile(io.BytesIO(content(fresh, "zip", q=asked))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["query"] == asked
        assert manifest["rows"] == len(stored)
        assert manifest["schools"] == [{"id": schools.harbour.pk, "name": "Harbour School"}]
        for file in manifest["files"]:
            data = archive.read(file["name"])
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        assert len(archive.read("audit-log.jsonl").splitlines()) == len(stored)
        assert "apostrophe" in archive.read("README.txt").decode()
    assert [event["rows"] for event in export_events()] == [len(stored)] * 4
    assert export_events()[-1]["sha256"] == manifest["files"][1]["sha256"]


def test_the_file_is_what_the_search_finds(fresh: Client, schools: Schools) -> None:
    """The same search as on the page, names included; the page leads here with it."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    wanted = make.audit_row(school=schools.harbour, resource_id=child.id, event_type="consent.granted").id
    make.audit_row(school=schools.harbour, event_type="auth.login", resource_id=child.id)
    make.audit_row(school=schools.harbour, event_type="consent.granted")
    assert [row["id"] for row in rows(fresh, q='student:"maya" event:consent.*')] == [wanted]
    page = fresh.post("/audit/", {"q": 'student:"maya" event:consent.*'}, follow=True).content.decode()
    assert f'href="{URL}?q=' in page
    assert "Take away" in page


def test_cells_cannot_calculate(fresh: Client, schools: Schools) -> None:
    """What another service wrote is text in a spreadsheet."""
    make.audit_row(school=schools.harbour, event_type="x.y", description="=1+1", user_agent='say "hi",\n-1')
    (row,) = rows(fresh, q="event:x.y")
    assert row["description"] == "'=1+1"
    assert row["user_agent"] == 'say "hi",\n-1'


def test_the_export_is_in_the_log_before_the_first_byte(fresh: Client, schools: Schools) -> None:
    """Who took how many rows, by which search; what was typed stays out, and so does the event from its own file."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    for _ in range(3):
        make.audit_row(school=schools.harbour, resource_id=child.id, event_type="student.viewed")
    query = "student:maya event:student.viewed after:2025-01-01 entry"
    make.audit_row(school=schools.harbour, resource_id=child.id, event_type="student.viewed", description="An Entry")
    answer = fresh.post(URL, {"form": "csv", "q": query})
    row = noted()
    assert row["event_type"] == "export.created"
    assert row["school_id"] == schools.harbour.id
    assert json.loads(str(row["affected_student_ids"])) == [child.id]
    assert "maya" not in json.dumps(row).lower()
    assert "entry" not in json.dumps(row).lower()
    data = json.loads(str(row["data_accessed"]))
    body = answer.getvalue()
    assert data["sha256"] == hashlib.sha256(body).hexdigest()
    assert (data["format"], data["rows"], data["filters"]) == ("csv", 1, ["since", "events", "students", "words"])
    assert b"export.created" not in body


def test_each_person_takes_away_their_own_schools(schools: Schools) -> None:
    """A school's office gets its rows, another school's none of them, a teacher is refused."""
    here = make.audit_row(school=schools.harbour, event_type="x.y").id
    there = make.audit_row(school=schools.hill, event_type="x.y").id
    for school, expected in ((schools.harbour, [here]), (schools.hill, [there])):
        user, _ = people.staff(school=school, email=f"office@{school.domain}")
        browser = signed_in(user)
        people.confirmed(browser)
        assert [row["id"] for row in rows(browser, q="event:x.y")] == expected
    teacher, _ = people.staff("teacher", school=schools.harbour, email="t@harbour.example")
    assert signed_in(teacher).post(URL).status_code == 403


def test_who_has_not_just_signed_in_is_asked_to(office: Client) -> None:
    """Neither the page nor a file is had by who finds an open browser."""
    for answer in (office.get(URL), office.post(URL, {"form": "csv"})):
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
    assert not OutboxEntry.objects.filter(payload__event_type="export.created").exists()


def test_the_page_says_what_the_file_will_hold(fresh: Client, schools: Schools, settings: Settings) -> None:
    """The number, the forms, and whether it comes at once; looking exports nothing."""
    for _ in range(3):
        make.audit_row(school=schools.harbour, event_type="x.y")
    page = fresh.get(URL, {"q": "event:x.y"}).content.decode()
    assert "3 events" in page
    assert "At once" in page
    assert "Parquet" in page
    settings.EXPORT_AT_ONCE_ROWS = 2
    assert "More than 2 events" in fresh.get(URL, {"q": "event:x.y"}).content.decode()
    assert "nothing to take away" in fresh.get(URL, {"q": "event:no.such"}).content.decode()
    assert export_events() == []


def test_names_do_not_stay_in_the_address(fresh: Client, schools: Schools) -> None:
    """An address with a name in it leads to one with the id, as on the list."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    answer = fresh.get(URL, {"q": "student:maya"})
    assert answer.status_code == 302
    assert child.pk in answer["Location"]
    assert "maya" not in answer["Location"]


def test_a_form_that_does_not_exist_is_told(fresh: Client, schools: Schools) -> None:
    """The page comes back with a mark, and no file."""
    make.audit_row(school=schools.harbour)
    answer = fresh.post(URL, {"form": "xls"})
    assert answer.status_code == 422
    assert export_events() == []


def test_a_failure_at_the_start_is_no_torn_file(
    fresh: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warehouse that fails before the first row gives the error page, not half a file, and leaves no event."""

    def failing(*args: object, **options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(arrow.rows, "batches", failing)
    make.audit_row(school=schools.harbour)
    fresh.raise_request_exception = False
    assert fresh.post(URL, {"form": "csv"}).status_code >= 500
    assert export_events() == []


@pytest.mark.parametrize("change", ["vanishes", "arrives"])
def test_a_long_file_breaks_off_where_a_row_vanishes_or_arrives(
    fresh: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The number is told before the first byte; a file with another number of rows never ends as a whole one."""
    ids = [make.audit_row(school=schools.harbour, event_type="x.y").id for _ in range(5)]
    monkeypatch.setattr(at_once, "HELD_BYTES", 0)
    real = arrow.batches

    def changed(*args: Any, **options: Any) -> Any:
        if change == "arrives":
            make.audit_row(school=schools.harbour, event_type="x.y", created_at=now() - timedelta(days=1))
        else:
            with writing(), inside(EVERYTHING):
                AuditLog.objects.filter(pk=ids[0]).delete()
        return real(*args, **options)

    monkeypatch.setattr(arrow, "batches", changed)
    answer = fresh.post(URL, {"form": "csv", "q": "event:x.y"})
    assert answer.status_code == 200
    with pytest.raises(RowsChanged):
        answer.getvalue()


def test_a_pack_whose_rows_change_is_refused_in_words(
    fresh: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is made before it is sent fails with a sentence, and leaves no event."""
    make.audit_row(school=schools.harbour, event_type="x.y")
    real = arrow.batches

    def changed(*args: Any, **options: Any) -> Any:
        make.audit_row(school=schools.harbour, event_type="x.y", created_at=now() - timedelta(days=1))
        return real(*args, **options)

    monkeypatch.setattr(arrow, "batches", changed)
    answer = fresh.post(URL, {"form": "zip", "q": "event:x.y"}, follow=True)
    assert "Rows arrived or were deleted" in answer.content.decode()
    assert export_events() == []


def test_rows_written_after_the_moment_stay_out_and_wrong_clocks_do_not(fresh: Client, schools: Schools) -> None:
    """What arrives while the file is made is of a later export; a clock of 2100 hides no row."""
    kept = make.audit_row(school=schools.harbour, event_type="x.y", created_at=datetime(2100, 1, 1, tzinfo=UTC)).id
    make.audit_row(school=schools.harbour, event_type="x.y", created_at=now() + timedelta(minutes=1))
    assert [row["id"] for row in rows(fresh, q="event:x.y")] == [kept]


def test_the_file_costs_three_questions_at_most(fresh: Client, schools: Schools) -> None:
    """The name, the number, the rows."""
    child = make.student(school=schools.harbour, display_name="Maya R.")
    make.audit_row(school=schools.harbour, resource_id=child.id)
    rows(fresh, q="student:maya")
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        rows(fresh, q="student:maya")
    assert sum(query["sql"].startswith("SELECT") for query in asked) <= 3
