"""The consent certificate as PDF and CSV."""

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
import time_machine
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from audit.making import kinds
from audit.models import Making
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.safe_csv import BYTE_ORDER_MARK
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.models import NoticeText
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
ANSWERED = datetime(2025, 2, 3, 15, 0, tzinfo=UTC)
VERSION = "service_collection_use@1/en/sha256:0123456789ab"


@pytest.fixture
def child(schools: Schools, frozen_now: time_machine.Traveller) -> Student:
    """Save Maya of Harbour School in Denver, whose mother said yes and whose father said no to recording."""
    make.setting(school=schools.harbour, key="timezone", value="America/Denver")
    maya = make.student(school=schools.harbour, display_name="Maya R. 玛雅")
    NoticeText.objects.create(
        version=VERSION,
        school_id=schools.harbour.pk,
        consent_type="service_collection_use",
        language="en",
        title="Taking part",
        text="# Taking part\n\nWe listen to **group work**.\n\n## Your rights\n\n- see it\n- <b>delete</b> it\n",
    )
    common: dict[str, Any] = {"student": maya, "consent_date": ANSWERED, "consent_text_version": VERSION}
    make.consent(**common, parent_name="Shirin شیرین", relationship="mother", verified_at=ANSWERED + timedelta(hours=1))
    make.consent(
        **common | {"consent_text_version": "audio_recording@9/en/sha256:ffffffffffff"},
        parent_name="=HYPERLINK()",
        relationship="father",
        consent_type="audio_recording",
        consent_given=False,
        verified_at=None,
        verification_method="unverified",
    )
    return maya


def download(browser: Client, student: Student, kind: str = "") -> Any:
    """Download the certificate; `kind` is "-csv" for the table."""
    response = people.confirmed(browser).get(reverse(f"consent-certificate{kind}", args=[student.pk]))
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert student.display_name not in response["Content-Disposition"]
    return response


def words(pdf: bytes) -> str:
    """Return the text of all pages with single spaces."""
    pages = (sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def test_the_certificate_tells_who_answered_what_when_and_how(office: Client, child: Student) -> None:
    """Names, statuses, school and UTC times, verification, the notice's own words, origin and legend are printed."""
    text = words(download(office, child).content)
    for expected in (
        "Consent certificate",
        "Harbour School",
        "Maya R. 玛雅",
        "✓ Given",
        "✕ Refused",
        "– Not asked",
        "Mother",
        "Feb 3, 2025, 8:00 AM MST",
        "2025-02-03 15:00:00 UTC",
        "E-mail with a second step",
        "Feb 3, 2025, 9:00 AM MST",
        "Valid until",
        "America/Denver",
        VERSION[:20],
        "We listen to group work .",
        "see it",
        "Its words are not kept in this portal",
        "Rivera, School administrator",
        "2025-03-04 15:00:00 UTC",
        "34 CFR 99.33",
        "Page 1 of",
        "May not be recorded",
    ):
        assert expected.replace(" .", "") in text.replace(" .", ""), expected
    assert not re.search(r"certified|compliant", text, re.IGNORECASE)


def test_the_certificate_is_accessible(office: Client, child: Student) -> None:
    """A PDF/UA-1 checker finds nothing, and the title names report, child and school."""
    content = download(office, child).content
    report = page.validate_pdf_bytes(content, profile="ua1")
    assert report.is_compliant, [failure.message for failure in report.failures]
    metadata = PdfReader(io.BytesIO(content)).metadata
    assert metadata
    assert metadata.title == "Consent certificate – Maya R. 玛雅 – Harbour School"


def test_the_fingerprint_fits_the_attached_data_and_the_table(office: Client, child: Student) -> None:
    """Anyone can take the SHA-256 of the attached data and compare it with the page and with the table."""
    content = download(office, child).content
    (data,) = PdfReader(io.BytesIO(content)).attachments["consent-certificate-data.json"]
    digest = hashlib.sha256(data).hexdigest()
    assert digest in words(content).replace(" ", "")
    read = json.loads(data)
    assert [answer["consent_given"] for answer in read["answers"]] == [True, False]
    assert {row["data_sha256"] for row in table(office, child)} == {digest}


def table(browser: Client, child: Student) -> list[dict[str, str]]:
    """Return the rows of the CSV."""
    text = download(browser, child, "-csv").content.decode()
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_the_table_says_the_same(office: Client, child: Student) -> None:
    """A row for each answer and each type without one, times in UTC, formulas neutralised, the notice in full."""
    rows = {row["consent_type"]: row for row in table(office, child)}
    service, audio = rows["service_collection_use"], rows["audio_recording"]
    assert (service["effective_status"], service["answered_at_utc"]) == ("active", "2025-02-03T15:00:00Z")
    assert service["notice_text"].startswith("# Taking part")
    assert (audio["effective_status"], audio["signer_name"]) == ("refused", "'=HYPERLINK()")
    assert rows["ai_analysis"]["effective_status"] == "not_asked"
    assert {row["answers_in_report"] for row in rows.values()} == {"2"}


@pytest.mark.parametrize(("kind", "extension"), [("", "pdf"), ("-csv", "csv")])
def test_making_it_is_logged(office: Client, child: Student, kind: str, extension: str) -> None:
    """The log says who took which report of which child away, and its fingerprint."""
    download(office, child, kind)
    payload = OutboxEntry.objects.filter(table="compliance.audit_log").latest("pk").payload
    assert (payload["event_type"], payload["resource_id"]) == ("report.generated", "consent_certificate")
    assert json.loads(payload["affected_student_ids"]) == [child.pk]
    data = json.loads(payload["data_accessed"])
    assert (data["format"], data["rows"], len(data["sha256"])) == (extension, 2, 64)


def test_a_child_without_any_answer_has_a_certificate(office: Client, schools: Schools) -> None:
    """Nothing recorded is a statement too."""
    text = words(download(office, make.student(school=schools.harbour)).content)
    assert "No answer is recorded for this child" in text


def test_words_of_other_services_are_printed(office: Client, schools: Schools) -> None:
    """An unknown type, relationship and method stand as they were written, markup as text."""
    child = make.student(school=schools.harbour, display_name="<i>Maya</i>")
    make.consent(
        student=child,
        consent_type="hologram",
        relationship="<b>aunt</b>",
        verification_method="pigeon",
        parent_name="<img src=https://x.example/>",
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )
    text = words(download(office, child).content)
    for expected in ("hologram", "<b>aunt</b>", "pigeon", "<i>Maya</i>", "<img src"):
        assert expected in text
    assert "hologram" in {row["consent_type"] for row in table(office, child)}


def test_only_the_schools_own_people_get_it(schools: Schools) -> None:
    """Office and auditor of the school get it, a neighbour's do not find it, a teacher is refused."""
    child = make.student(school=schools.harbour)
    url = reverse("consent-certificate-csv", args=[child.pk])
    today = now().date()
    expected = {
        people.staff(school=schools.harbour)[0]: 200,
        people.staff(school=schools.hill, email="o@hill.example")[0]: 404,
        people.staff("teacher", school=schools.harbour, email="t@harbour.example")[0]: 403,
        people.member("auditor", email="a@audit.example", schools=(schools.harbour.pk,), until=today): 200,
        people.member("auditor", email="b@audit.example", schools=(schools.hill.pk,), until=today): 404,
    }
    for user, status in expected.items():
        assert people.confirmed(signed_in(user)).get(url).status_code == status, user.email


def test_the_report_asks_the_catalog_three_times(office: Client, child: Student) -> None:
    """Three queries, however many answers there are."""

    def queries() -> int:
        with CaptureQueriesContext(connections["warehouse"]) as asked:
            download(office, child, "-csv")
        return len(asked)

    queries()
    before = queries()
    for _ in range(5):
        make.consent(student=child)
    assert queries() == before <= 3
    cache.clear()


def test_it_is_made_in_the_background_too(office: Client, child: Student) -> None:
    """Like the other reports: named on its form, with its first page as a picture, kept with its hash, made again."""
    people.confirmed(office)
    address = reverse("report-consent-certificate")
    assert "Name the student" in office.post(address).content.decode()
    assert office.post(address, {"student": "Maya R. 玛雅"}).status_code == 302
    making = Making.objects.get()
    with system_scope(reason="test"):
        running.run(Job.objects.get(subject_id=making.pk).pk)
    making.refresh_from_db()
    assert (making.school_id, making.students, making.rows) == (child.school_id, [child.pk], 2)
    assert set(making.files.values_list("format", flat=True)) == {"pdf", "csv", "picture"}
    pdf = office.get(reverse("made-download", args=[making.pk, "pdf"])).getvalue()
    (data,) = PdfReader(io.BytesIO(pdf)).attachments["consent-certificate-data.json"]
    assert hashlib.sha256(data).hexdigest() == making.data_sha256
    assert kinds.can_make_again(making)
    assert address in office.get(reverse("report-list")).content.decode()
