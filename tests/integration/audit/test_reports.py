"""Reports made in the background: what each holds, that it is accessible, and that its parts are one document."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import page
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from audit.models import Making
from audit.reports import making as making_module
from audit.reports import printing
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, Student
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.slow]
AT = datetime(2025, 3, 1, 15, 0, tzinfo=UTC)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture
def browser(schools: Schools, settings: Any) -> Client:
    """Return the office of Harbour School, who has just typed the password; one process prints."""
    settings.REPORT_PROCESSES = 1
    browser = signed_in(people.staff(school=schools.harbour)[0])
    people.confirmed(browser)
    return browser


def made(browser: Client, report: str, **asked: str) -> Making:
    """Ask for a report by its form, let the worker make it, and return it."""
    answer = browser.post(reverse(f"report-{report}"), asked)
    assert answer.status_code == 302, answer.content.decode()
    making = Making.objects.latest("asked_at")
    with system_scope(reason="test"):
        job = Job.objects.get(subject_id=making.pk)
        for _ in range(20):
            if not running.run(job.pk):
                break
        job.refresh_from_db()
    assert (job.state, job.failure) == (State.DONE, "")
    making.refresh_from_db()
    return making


def content(making: Making, file_format: str) -> bytes:
    """Return a file of a making."""
    with default_storage.open(making.files.get(format=file_format).file) as file:
        return bytes(file.read())


def table(making: Making) -> list[dict[str, str]]:
    """Return the rows of the CSV file."""
    text = content(making, "csv").decode().removeprefix(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def words(pdf: bytes) -> str:
    """Return the text of all pages with single spaces."""
    return re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages))


def test_the_access_audit_holds_the_rows_of_its_school_and_period(browser: Client, schools: Schools) -> None:
    """In PDF and CSV alike, oldest first; another school's row and one of another day are not there."""
    child = make.student(school=schools.harbour, display_name="Maya R. 玛雅")
    common: dict[str, Any] = {"school": schools.harbour, "affected_student_ids": json.dumps([child.pk])}
    make.audit_row(**common, event_timestamp=AT + timedelta(hours=1), event_type="consent.granted")
    make.audit_row(**common, event_timestamp=AT, event_type="student.viewed", ip_address="=cmd()")
    make.audit_row(**common, event_timestamp=AT - timedelta(days=9), event_type="auth.login")
    make.audit_row(school=schools.hill, event_timestamp=AT)
    making = made(browser, "access-audit", first="2025-03-01", last="2025-03-01")
    found = table(making)
    assert [row["event_type"] for row in found] == ["student.viewed", "consent.granted"]
    assert found[0]["student_names"] == "Maya R. 玛雅"
    assert found[0]["ip_address"] == "'=cmd()"
    text = words(content(making, "pdf"))
    for expected in (
        "Access audit",
        "Harbour School",
        "Student record viewed",
        "Maya R. 玛雅",
        "From Mar 1, 2025",
    ):
        assert expected in text, expected
    assert "Signed in" not in text
    assert making.rows == 2


def test_the_fingerprint_is_that_of_the_csv_file(browser: Client, schools: Schools) -> None:
    """Anyone can take the SHA-256 of the table and compare it with the cover."""
    make.audit_row(school=schools.harbour, event_timestamp=AT)
    making = made(browser, "access-audit", last="2025-03-02")
    digest = hashlib.sha256(content(making, "csv")).hexdigest()
    assert making.data_sha256 == digest
    assert digest in words(content(making, "pdf")).replace(" ", "")


def test_a_report_in_many_parts_is_one_accessible_document(
    browser: Client, schools: Schools, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Pages are numbered through, rows stand in order, headers are repeated with a scope, a checker finds nothing."""
    settings.REPORT_PROCESSES = 2
    monkeypatch.setattr(making_module, "ROWS_A_PART", 40)
    monkeypatch.setattr(printing, "ROWS_A_PART", 40)
    for number in range(100):
        make.audit_row(
            school=schools.harbour,
            event_timestamp=AT + timedelta(minutes=number),
            event_type=f"custom.event{number:03}",
            actor_id=LONG if number % 10 == 0 else "somebody",
        )
    making = made(browser, "access-audit", last="2025-03-02")
    pdf = content(making, "pdf")
    report = page.validate_pdf_bytes(pdf, profile="ua1")
    assert report.is_compliant, [failure.message for failure in report.failures]
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == making.pages > 5
    for number, sheet in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in sheet.extract_text()
    text = " ".join(sheet.extract_text() for sheet in pages[2:])
    places = [text.index(f"custom.event{number:03}") for number in range(100)]
    assert places == sorted(places)
    assert all(text.count(f"custom.event{number:03}") == 1 for number in range(100))
    assert all("When Who What" in re.sub(r"\s+", " ", sheet.extract_text()) for sheet in pages[2:])
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    heads = [cell for cell in elements(root["/StructTreeRoot"], "/TH") if cell["/A"].get("/Scope") == "/Column"]
    assert len(heads) == 6 * (len(pages) - 2)


def elements(element: Any, kind: str) -> list[Any]:
    """Return the elements of one kind below `element`."""
    kids = element.get("/K", [])
    below = [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids])]
    found = [element] if element.get("/S") == kind else []
    return found + [one for kid in below if hasattr(kid, "get") for one in elements(kid, kind)]


def test_messy_rows_are_printed_and_never_stop_a_report(browser: Client, schools: Schools) -> None:
    """Markup, control characters, far-off clocks, 10 kB of text, and what is no JSON."""
    rows: tuple[dict[str, Any], ...] = (
        {"description": "<script>alert(1)</script>", "event_type": "<b>bold</b>"},
        {"event_type": "\x01\x02\u202eevil", "ip_address": "AWS Internal"},
        {"event_timestamp": datetime(1970, 1, 1, tzinfo=UTC), "description": "x" * 10_000},
        {"event_timestamp": datetime(2100, 1, 1, tzinfo=UTC), "affected_student_ids": "not json {"},
        {"event_type": LONG * 3, "compliance_basis": LONG},
    )
    for changed in rows:
        make.audit_row(**{"school": schools.harbour, "event_timestamp": AT, **changed})
    making = made(browser, "access-audit")
    pdf = content(making, "pdf")
    assert page.validate_pdf_bytes(pdf, profile="ua1").is_compliant
    assert "<b>bold</b>" in words(pdf)
    assert making.rows >= 5


def test_the_filters_name_the_student_as_the_list_does(browser: Client, schools: Schools) -> None:
    """Filters stand on the cover, with the name as it is written."""
    maya = make.student(school=schools.harbour, display_name="Maya McRae")
    making = made(browser, "access-audit", student=maya.pk, event="student.viewed")
    told = words(content(making, "pdf"))
    assert "About one student: Maya McRae" in told
    assert "Events: " in told


def test_a_parents_copy_names_no_other_child(browser: Client, schools: Schools) -> None:
    """An entry that another service wrote about two students shows each family its own child (99.10(c))."""
    maya = make.student(school=schools.harbour, display_name="Maya R.")
    noah = make.student(school=schools.harbour, display_name="Noah T.")
    for disclosed in ({"party": "County court"}, {}):
        make.audit_row(
            school=schools.harbour,
            event_timestamp=AT,
            event_type="disclosure.made",
            compliance_basis="FERPA_A9_COURT_ORDER",
            affected_student_ids=json.dumps([maya.pk, noah.pk]),
            data_accessed=json.dumps(disclosed),
        )
    copy = made(browser, "disclosures", student=maya.pk, copy="parents")
    assert {(row["student_names"], row["student_ids"]) for row in table(copy)} == {("Maya R.", maya.pk)}
    told = words(content(copy, "pdf"))
    assert "Maya R." in told
    assert "County court" in told
    assert "Noah" not in told
    assert "Not recorded" in told
    office = made(browser, "disclosures", student=maya.pk)
    assert {row["student_names"] for row in table(office)} == {"Maya R.; Noah T."}


def test_a_report_without_rows_says_so(browser: Client) -> None:
    """The cover stands alone, and is accessible too."""
    making = made(browser, "access-audit", first="2001-01-01", last="2001-01-02")
    pdf = content(making, "pdf")
    assert making.rows == 0
    assert "there is no row to print" in words(pdf)
    assert page.validate_pdf_bytes(pdf, profile="ua1").is_compliant


def test_the_first_page_is_shown_as_a_picture(browser: Client, schools: Schools) -> None:
    """A PNG of the cover, audited like the report itself."""
    making = made(browser, "access-audit", last="2001-01-02")
    picture = Image.open(io.BytesIO(browser.get(reverse("made-picture", args=[making.pk])).getvalue()))
    assert picture.size == (918, 1188)
    shown = browser.get(reverse("made-file", args=[making.pk])).content.decode()
    assert reverse("made-picture", args=[making.pk]) in shown


def test_the_consent_register_tells_each_students_status(browser: Client, schools: Schools) -> None:
    """A row for each question, with the answer that carries its status and the notice of that answer."""
    maya = make.student(school=schools.harbour, display_name="Maya R.")
    make.student(school=schools.hill, display_name="Noah T.")
    make.coppa(student=maya)
    make.consent(
        student=maya, parent_name="Ana Rivera", relationship="mother", verification_method="signed_form", verified_at=AT
    )
    making = made(browser, "consent-register")
    found = {row["consent_type"]: row for row in table(making)}
    assert {row["student_display_name"] for row in found.values()} == {"Maya R."}
    assert found["service_collection_use"]["effective_status"] == "active"
    assert found["service_collection_use"]["signer_name"] == "Ana Rivera"
    assert found["audio_recording"]["effective_status"] == "not_asked"
    assert "Ana Rivera, mother" in words(content(making, "pdf"))


def test_the_coppa_register_tells_ages_and_limits(browser: Client, schools: Schools) -> None:
    """A row for each active student of the school."""
    maya = make.student(school=schools.harbour, display_name="Maya R.")
    make.coppa(student=maya)
    making = made(browser, "coppa-register")
    assert [row["Name"] for row in table(making)] == ["Maya R."]
    assert "COPPA register" in words(content(making, "pdf"))


def test_a_name_that_several_have_is_asked_about(browser: Client, schools: Schools) -> None:
    """The form lists the namesakes, the log has that they were seen, and the chosen one counts."""
    make.student(school=schools.harbour, display_name="Maya R.", grade_level="3")
    second = make.student(school=schools.harbour, display_name="Maya R.", grade_level="5")
    asked = browser.post(reverse("report-access-audit"), {"student": "maya"})
    assert asked.status_code == 422
    assert "2 students are called this" in asked.content.decode()
    making = made(browser, "access-audit", student="maya", which=second.pk)
    assert making.parameters == {"student": second.pk}
    assert making.students == [second.pk]


def test_nobody_of_another_school_is_found(browser: Client, schools: Schools) -> None:
    """A student of a foreign school does not exist for the form, by name or by id."""
    other: Student = make.student(school=schools.hill, display_name="Noah T.")
    for typed in ("Noah", other.pk):
        answer = browser.post(reverse("report-access-audit"), {"student": typed})
        assert answer.status_code == 422
        assert "No student of your schools is called this" in answer.content.decode()
    assert not Making.objects.exists()


def test_a_report_of_several_schools_names_each(schools: Schools, settings: Any) -> None:
    """The cover names the schools and the time zone that they share, and every row says of which it is."""
    settings.REPORT_PROCESSES = 1
    browser = signed_in(people.over(schools.harbour, schools.hill))
    people.confirmed(browser)
    for school, name in ((schools.harbour, "Maya R."), (schools.hill, "Noah T.")):
        make.setting(school=school, key="timezone", value="America/Denver")
        maya = make.student(school=school, display_name=name)
        make.coppa(student=maya)
        make.audit_row(
            school=school,
            event_timestamp=AT,
            event_type="disclosure.made",
            affected_student_ids=json.dumps([maya.pk]),
            data_accessed=json.dumps({"party": "County court"}),
        )
    for report in ("access-audit", "disclosures", "consent-register", "coppa-register"):
        told = words(content(made(browser, report), "pdf"))
        assert "Schools Harbour School, Hill School" in told, report
        assert "In America/Denver unless marked UTC" in told, report
        rows = told.partition("The record follows")[2].partition("Student")[2]
        assert "Harbour School" in rows, report
        assert "Hill School" in rows, report


def test_the_list_tells_reports_of_one_kind_apart(browser: Client, schools: Schools) -> None:
    """Period and filters stand there and on the report's page; the student's name does not."""
    maya = make.student(school=schools.harbour, display_name="Maya R.")
    making = made(browser, "disclosures", student=maya.pk, copy="parents", first="2025-03-01", last="2025-03-02")
    for url in (reverse("report-list"), reverse("made-file", args=[making.pk])):
        page_of = browser.get(url).content.decode()
        told = "From Mar 1, 2025 to Mar 2, 2025, both included · One student · Copy for a parent or eligible student"
        assert told in page_of
        assert "Maya" not in page_of
    made(browser, "consent-register", status="refused")
    assert "Refused" in browser.get(reverse("report-list")).content.decode()


def test_a_report_asks_for_a_fresh_sign_in(office: Client) -> None:
    """Without one the form itself is not shown."""
    assert office.get(reverse("report-access-audit"))["Location"].startswith(reverse("mfa_reauthenticate"))


def test_making_a_report_is_logged_with_its_rows_and_hash(browser: Client, schools: Schools) -> None:
    """`report.generated` has kind, rows and hash, and names nobody."""
    making = made(browser, "access-audit", last="2001-01-02")
    delivery.deliver()
    with system_scope(reason="test"):
        row = AuditLog.objects.get(event_type="report.generated")
    assert json.loads(row.data_accessed or "") == {
        "formats": ["pdf", "csv", "picture"],
        "kind": "report.access_audit",
        "rows": 0,
        "sha256": making.data_sha256,
    }


def test_more_than_can_be_printed_is_said_at_once(browser: Client, schools: Schools, settings: Any) -> None:
    """The form states the limit, counts the rows of the school alone, and says what to do; nothing is begun."""
    for school in (schools.harbour, schools.harbour, schools.hill):
        make.audit_row(school=school, event_timestamp=AT)
    settings.REPORT_MOST_ROWS = 1
    assert "At most 1 rows are printed" in browser.get(reverse("report-access-audit")).content.decode()
    answer = browser.post(reverse("report-access-audit"), {"last": "2025-03-02"})
    assert (answer.status_code, "choose a shorter period" in answer.content.decode()) == (422, True)
    assert not Making.objects.exists()
    settings.REPORT_MOST_ROWS = 2
    assert browser.post(reverse("report-access-audit"), {"last": "2025-03-02"}).status_code == 302
