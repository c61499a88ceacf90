"""Scans of what was signed: kept apart, handed over as downloads, swept where nothing names them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.scans import Scan
from classwaves_admin.warehouse.models import AuditLog, Student
from consent.actions.evidence import sweep_scans
from consent.actions.signed import MayNotAnswer
from consent.models import Answer, Evidence
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import tie_of
from tests.integration.consent.test_signed import YES, check, record, send
from tests.unit.lib.test_scans import pdf, picture

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


class TestScans:
    """The private scan."""

    def test_it_is_kept_apart_and_handed_over_as_a_download(self, office: Client, child: Student) -> None:
        """A random name, mode 0600, no metadata; opening it is logged and shown by no page."""
        guardian = families.guardian(child)
        upload = SimpleUploadedFile("../../Maria Lopez passport.jpg", picture("JPEG"), content_type="text/html")
        assert send(office, guardian, child, scan=upload).status_code == 302
        evidence = Evidence.objects.get()
        path = Path(default_storage.path(evidence.file))
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent == Path(settings.VAR_DIR) / "private" / "scans"
        assert len(path.name) == 32
        assert (evidence.content_type, len(evidence.sha256), evidence.size) == (
            "image/jpeg",
            64,
            path.stat().st_size,
        )
        answer = office.get(reverse("evidence-scan", args=[evidence.id]))
        assert answer.content == path.read_bytes()
        assert answer["Content-Disposition"] == 'attachment; filename="evidence.jpg"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-store"
        seen = AuditLog.objects.get(event_type="student.viewed", resource_type="evidence")
        assert json.loads(seen.affected_student_ids or "") == [child.id]

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("form.pdf", b"<html><script>alert(1)</script></html>", "no PDF, PNG or JPEG"),
            ("form.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "no PDF, PNG or JPEG"),
            ("form.pdf", b"%PDF-1.7 but nothing else", "damaged"),
            ("form.pdf", pdf(password="x"), "has a password"),
            ("form.pdf", pdf(41), "too many pages"),
        ],
    )
    def test_what_is_no_scan_is_refused_by_its_content(
        self, office: Client, child: Student, name: str, content: bytes, words: str
    ) -> None:
        """Name and stated type decide nothing; nothing is recorded and no file is left."""
        before = scans()
        page = send(office, families.guardian(child), child, scan=SimpleUploadedFile(name, content, "application/pdf"))
        assert page.status_code == 422
        assert words in page.content.decode()
        assert not Answer.objects.exists()
        assert scans() == before

    def test_a_huge_file_is_refused(self, office: Client, child: Student, settings: Any) -> None:
        """Past the limit nothing is read."""
        settings.CONSENT_SCAN_MEGABYTES = 1
        upload = SimpleUploadedFile("form.pdf", b"%PDF-1.7" + bytes(1024 * 1024))
        page = send(office, families.guardian(child), child, scan=upload)
        assert "larger than 1 megabytes" in page.content.decode()

    def test_a_scan_of_another_school_does_not_exist(self, office: Client) -> None:
        """Foreign and made-up ids get the same answer."""
        stranger = make.student()
        evidence = families.evidence(tie_of(families.guardian(stranger), stranger))
        for name in (evidence.id, "nobody", "..%2F..%2Fportal.sqlite3"):
            assert office.get(reverse("evidence-scan", args=[name])).status_code == 404

    def test_a_failed_recording_leaves_no_file(self, child: Student) -> None:
        """The file goes with the transaction that failed."""
        before = scans()
        with pytest.raises(MayNotAnswer):
            record(families.guardian(child, restricted=True), {child.id: YES}, checked=check(Scan(b"x", "image/png")))
        assert scans() == before

    def test_files_that_a_dead_process_left_are_swept(self, child: Student) -> None:
        """A file without evidence goes after a day; what an evidence names stays."""
        record(families.guardian(child), {child.id: YES}, checked=check(Scan(b"kept", "image/png")))
        lost = default_storage.save("scans/lost", ContentFile(b"lost"))
        assert sweep_scans(now=now()) == 0
        with time_machine.travel(now() + timedelta(days=2)):
            sweep_scans(now=now())
        assert not default_storage.exists(lost)
        assert default_storage.exists(Evidence.objects.get().file)


def scans() -> set[str]:
    """Return the names of all files that are kept."""
    return set(default_storage.listdir("scans")[1]) if default_storage.exists("scans") else set()


def test_the_page_of_the_guardian_shows_the_evidence(office: Client, child: Student) -> None:
    """Reference and scan stand beside the answers that they prove."""
    guardian = families.guardian(child)
    send(office, guardian, child, scan=SimpleUploadedFile("a.png", picture("PNG")))
    page = office.get(reverse("guardian-detail", args=[tie_of(guardian, child).id])).content.decode()
    assert "Cabinet 3" in page
    assert reverse("evidence-scan", args=[Evidence.objects.get().id]) in page
