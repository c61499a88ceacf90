"""The receipt as PDF: what was answered, when, how it was confirmed, and the notices word for word."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import page
import pytest
import time_machine
from pypdf import PdfReader

from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, hidden
from tests.integration.consent.test_manage import answered, link_of, take_back

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def receipt(parent: Parent, path: str, language: str = "en") -> Any:
    """Press the button for the receipt."""
    form = hidden(parent.get(path, lang=language))
    return parent.browser.post(f"{path}receipt/", form)


def words(pdf: bytes) -> str:
    """Return the text of all pages in one line."""
    return " ".join(" ".join(part.extract_text() for part in PdfReader(BytesIO(pdf)).pages).split())


def test_the_receipt_says_what_was_answered_when_and_how(
    school: School, child: Student, frozen_now: time_machine.Traveller
) -> None:
    """School, first name alone, each type, moments with their zone, the way of confirming, the end, the notices."""
    parent = answered(child, guardian=families.guardian(child, name="María López"))
    answer = receipt(parent, link_of(parent))
    text = words(answer.content)
    assert answer["Content-Disposition"] == 'attachment; filename="consent-receipt.pdf"'
    assert "no-store" in answer["Cache-Control"]
    for part in (
        "Harbour School",
        "Ana",
        "Record and transcribe my child’s voice",
        "Yes. It is in force.",
        "Signed by María López, Mother",
        "Answered: March 4, 2025, 10 a.m. (EST)",
        "Confirmed: March 4, 2025, 10 a.m. (EST), E-mail with a second step",
        "Ends: March 4, 2026",
        "Share information with a third party",
        "How to take back a yes",
        "http://127.0.0.1:8000/c/manage/",
        "If one child in a group may not be recorded, that group is not recorded.",
    ):
        assert part.replace(" ", "") in text.replace(" ", ""), part  # a line may break within a word with a hyphen
    assert "Lopez" not in text.replace("López", "")
    for row in ParentalConsent.objects.all():
        assert row.consent_text_version.replace(" ", "") in text.replace(" ", "")


def test_the_notice_stays_as_it_was_read(school: School, child: Student, frozen_now: time_machine.Traveller) -> None:
    """A later change of the school's periods changes the next notice, never the one on the receipt."""
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=14, delete_after_days=14)
    parent = answered(child)
    frozen_now.shift(timedelta(days=1))
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=29, delete_after_days=29)
    text = words(receipt(parent, link_of(parent)).content)
    assert "We keep recordings for 14 days" in text
    assert "29 days" not in text


def test_the_receipt_is_in_the_parents_language_and_accessible(school: School, child: Student) -> None:
    """Spanish words, a Spanish document for screen readers, PDF/UA-1; the notice keeps the language it was read in."""
    parent = answered(child)
    pdf = receipt(parent, link_of(parent), "es").content
    text = words(pdf)
    for part in ("Su recibo", "Sí. Está en vigor.", "Cómo retirar un sí", "We keep recordings for"):
        assert part in text, part
    assert "Your" not in text.partition("EL AVISO TAL COMO")[0]
    report = page.validate_pdf_bytes(pdf, profile="ua1")
    assert report.is_compliant, [failure.message for failure in report.failures]
    assert str(PdfReader(BytesIO(pdf)).root_object["/Lang"]) == "es"


def test_taking_it_is_logged_with_its_fingerprint(school: School, child: Student) -> None:
    """Who, of whom, and the SHA-256 of the very file; opening its address by GET makes nothing and logs nothing."""
    parent = answered(child)
    path = link_of(parent)
    before = AuditLog.objects.count()
    assert parent.get(f"{path}receipt/").status_code == 302
    assert AuditLog.objects.count() == before
    pdf = receipt(parent, path).content
    event = AuditLog.objects.get(event_type="report.generated")
    data = json.loads(event.data_accessed or "")
    assert (event.actor_id, event.actor_type) == (parent.guardian.id, "parent")
    assert json.loads(event.affected_student_ids or "") == [child.id]
    assert event.compliance_basis == "FERPA_A12_PARENT_OR_STUDENT"
    assert data == {"format": "pdf", "rows": 4, "sha256": sha256_hex(pdf)}


def test_after_a_withdrawal_the_receipt_says_no(school: School, child: Student) -> None:
    """The receipt shows what counts at its moment."""
    parent = answered(child)
    path = link_of(parent)
    take_back(parent, path, {child: ["service_collection_use"]})
    text = words(receipt(parent, path).content)
    assert "in force" not in text
    assert text.count(" No. ") >= 4


def test_words_of_other_services_and_markup_are_printed_as_text(school: School, child: Student) -> None:
    """Names with markup stay text, and a notice that is not kept here says so."""
    parent = Parent(families.guardian(child, email="rosa@home.example", name="Rosa <b>O'Neil</b>"))
    make.consent(
        student=child,
        parent_email="rosa@home.example",
        parent_name="<script>x</script>",
        consent_type="audio_recording",
        consent_text_version="old-form-7",
    )
    text = words(receipt(parent, link_of(parent)).content)
    for part in ("Rosa <b>O'Neil</b>", "<script>x</script>", "old-form-7", "Its words are not kept here."):
        assert part in text, part


def test_too_many_receipts_have_to_wait(school: School, child: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file takes a second to make: one network gets thirty in an hour."""
    from consent.views import managing

    parent = answered(child)
    path = link_of(parent)
    monkeypatch.setattr(managing, "RECEIPTS_AN_HOUR", 1)
    assert [receipt(parent, path).status_code for _ in range(2)] == [200, 429]


def test_the_look_names_fonts_of_ours_alone() -> None:
    """Nothing is fetched for the receipt: its own sheet names no address."""
    assert "url(" not in Path("templates/pdf/receipt.css").read_text(encoding="utf-8")
