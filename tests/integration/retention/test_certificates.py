"""A run is certified as it ends, "destroyed" only once the bytes are off the disk and somebody has looked."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import page as page_validation
import pypdfium2
import pytest
import time_machine
from django.test import Client

from classwaves_admin.jobs import running
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import canonical_json, sha256_hex
from classwaves_admin.warehouse.models import AuditLog, School
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.physical import steps
from classwaves_admin.warehouse.physical.kinds import Found, Step, Trouble
from retention.actions.physical import CLAIM, start_physical
from retention.models import Certificate, CertificateState, Hindrance, RunState
from tests.factories import catalog as make
from tests.factories import certificates as factory
from tests.factories import deletions, holds, runs
from tests.integration.retention.conftest import signed_in

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
TABLE = "sessions.transcriptions"


class Engine:
    """Stands for the engines of both databases: takes the steps that a test gives it, and remembers the calls."""

    def __init__(self, *answers: Step, found: Found | None = None) -> None:
        self.answers, self.found = list(answers), found or Found(["No page is free."], [], ["Backups."])
        self.calls: list[tuple[str, list[str], dict[str, Any]]] = []

    def step(self, alias: str, tables: Sequence[str], state: Mapping[str, Any], *, now: datetime) -> Step:
        """Take the next step."""
        self.calls.append((alias, list(tables), dict(state)))
        return self.answers.pop(0) if self.answers else Step({"done": True}, removed=True)

    def look(self, _alias: str, _tables: Sequence[str], _state: Mapping[str, Any]) -> Found:
        """Say what was found."""
        return self.found


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Put an engine that does everything at once in the place of the real ones."""
    return put(monkeypatch, Engine())


def put(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Engine:
    """Put an engine in the place of the real ones."""
    monkeypatch.setattr(steps, "step", engine.step)
    monkeypatch.setattr(steps, "look", engine.look)
    return engine


def worked() -> bool:
    """Start the job, if anything waits for it, and let it do all that it can now."""
    job = start_physical(by=system("test"), now=now())
    while job and running.run(job.pk):
        pass
    return job is not None


def old_transcripts(school: School, number: int = 3) -> None:
    """Save transcripts that are past their days."""
    meeting = make.session(school=school, created_at=now() - timedelta(days=500))
    for _ in range(number):
        make.transcription(session=meeting, created_at=now() - timedelta(days=500))


def test_a_run_is_certified_as_it_ends(school: School) -> None:
    """What went, what stayed and why, on whose word, by which ground, with the digests of what was approved."""
    old_transcripts(school)
    make.transcription(session=make.session(school=school), created_at=now() - timedelta(days=900))
    holds.hold(school, until=now() - timedelta(days=800))
    run = runs.done(school)
    certificate = Certificate.objects.get(run=run)
    content = certificate.content
    [table] = [one for one in content["tables"] if one["table"] == TABLE]
    assert (table["deleted"], table["category"]) == (3, "Transcripts")
    assert list(table["kept"].values()) == [1]
    assert table["ids_sha256"] == [segment.ids_sha256 for segment in run.segments.all()]
    assert content["direction"]["approved_by"] == runs.COLLEAGUE.id
    assert content["extent"] == "partial"
    assert certificate.sha256 == sha256_hex(canonical_json(content))
    assert certificate.state == CertificateState.LOGICAL
    assert certificate.due_at > now()


def test_a_run_that_took_nothing_has_no_certificate(school: School) -> None:
    """There is nothing to certify."""
    run = runs.run(school)
    assert run.state == RunState.DONE
    assert not Certificate.objects.exists()
    assert run.certificate_id == ""


def test_the_deletion_of_a_child_is_certified(school: School) -> None:
    """With the request and the student's id, and never the name."""
    student = make.student(school=school, display_name="Maya Rosetree")
    meeting = make.session(school=school)
    seat = make.participant(session=meeting, student=student)
    make.transcription(session=meeting, speaker=seat)
    run = deletions.done(student)
    certificate = Certificate.objects.get(run=run)
    assert certificate.content["direction"]["student"] == student.pk
    assert "Rosetree" not in json.dumps(certificate.content)
    assert sum(one["deleted"] + one["emptied"] for one in certificate.content["tables"]) >= 3


def test_it_is_called_physical_when_it_was_looked_at(school: School, engine: Engine) -> None:
    """Both databases take their steps, one for all that waits; the state, the sentences and the event say so."""
    several = [factory.certificate(school), factory.certificate(school)]
    assert worked()
    assert [(alias, tables) for alias, tables, _ in engine.calls] == [
        ("warehouse", [TABLE]),
        ("default", ["outbox_outboxentry"]),
    ]
    for certificate in several:
        certificate.refresh_from_db()
        assert (certificate.state, certificate.physical_at) == (CertificateState.PHYSICAL, now())
        assert certificate.looked_at["warehouse"]["checked"] == ["No page is free."]
    delivery.deliver()
    assert AuditLog.objects.filter(event_type="retention.physically_removed").count() == 2
    assert not worked()


@pytest.mark.parametrize("trouble", list(Trouble))
def test_what_hinders_is_said_and_tried_again(
    school: School,
    office: Client,
    monkeypatch: pytest.MonkeyPatch,
    frozen_now: time_machine.Traveller,
    trouble: Trouble,
) -> None:
    """The page says why it waits and until when; later, or when a person asks for it, it goes on from its state."""
    later = now() + timedelta(minutes=30)
    engine = put(monkeypatch, Engine(Step({"half": 1}, again_at=later, trouble=trouble)))
    certificate = factory.certificate(school)
    assert worked()
    assert not worked()
    page = office.get(f"/retention/certificates/{certificate.pk}/").content.decode()
    assert Hindrance(trouble.value).label.partition("’")[0] in page
    frozen_now.move_to(later)
    assert worked()
    assert engine.calls[1][2] == {"half": 1}
    certificate.refresh_from_db()
    assert (certificate.state, certificate.hindrance) == (CertificateState.PHYSICAL, "")


def test_a_person_need_not_wait_for_the_next_try(
    school: School, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The button starts the job at once; a certificate that nothing hinders is left to its day."""
    put(monkeypatch, Engine(Step({}, again_at=now() + timedelta(hours=1), trouble=Trouble.BUSY)))
    certificate = factory.certificate(school)
    worked()
    assert office.post(f"/retention/certificates/{certificate.pk}/again/").status_code == 302
    worked()
    certificate.refresh_from_db()
    assert certificate.next_at is None or certificate.next_at <= now() + CLAIM


def test_a_window_is_waited_for(
    school: School, monkeypatch: pytest.MonkeyPatch, frozen_now: time_machine.Traveller
) -> None:
    """Until its week is over the certificate says when removal is due, and not that it is done."""
    week = now() + timedelta(days=7)
    engine = put(monkeypatch, Engine(Step({"rewritten": [TABLE]}, again_at=week)))
    certificate = factory.certificate(school)
    worked()
    frozen_now.shift(timedelta(days=6))
    assert not worked()
    certificate.refresh_from_db()
    assert (certificate.state, certificate.hindrance) == (CertificateState.LOGICAL, "")
    frozen_now.move_to(week)
    worked()
    assert [state for _, _, state in engine.calls] == [{}, {"rewritten": [TABLE]}, {}]


def test_what_does_not_hold_is_done_again(
    school: School, monkeypatch: pytest.MonkeyPatch, frozen_now: time_machine.Traveller
) -> None:
    """Where looking afterwards finds free pages, nothing is called physical, and the next day all is done anew."""
    engine = put(monkeypatch, Engine(found=Found([], ["12 pages are free."], [])))
    certificate = factory.certificate(school)
    worked()
    certificate.refresh_from_db()
    assert (certificate.state, certificate.hindrance) == (CertificateState.LOGICAL, Hindrance.NOT_PROVED)
    engine.found.failed.clear()
    frozen_now.shift(timedelta(days=1))
    worked()
    certificate.refresh_from_db()
    assert certificate.state == CertificateState.PHYSICAL
    assert len(engine.calls) == 4


def test_page_and_json_say_the_same(school: School, office: Client) -> None:
    """The JSON's hash is over its content, and taking it away is in the log."""
    certificate = factory.certificate(school)
    page = office.get(f"/retention/certificates/{certificate.pk}/").content.decode()
    assert "Logically deleted" in page
    assert "2 kept. A legal hold covers them." in page
    assert certificate.sha256 in page
    taken = json.loads(office.get(f"/retention/certificates/{certificate.pk}/certificate.json").content)
    assert taken["sha256"] == sha256_hex(canonical_json(taken["content"]))
    assert taken["disposition"] == "logical"
    told = AuditLog.objects.get(event_type="report.downloaded")
    assert json.loads(told.data_accessed or "")["sha256"] == certificate.sha256


def test_the_paper_has_the_fields_of_exhibit_d(school: School, office: Client, engine: Engine) -> None:
    """It is PDF/UA-1, says "logically deleted" with the day until it is done, and then what was looked at."""
    certificate, text = factory.certificate(school), ""
    for words in ("Physical removal due", "Physically removed"):
        content = office.get(f"/retention/certificates/{certificate.pk}/certificate.pdf").content
        with pypdfium2.PdfDocument(io.BytesIO(content)) as paper:
            text = " ".join("".join(sheet.get_textpage().get_text_range() for sheet in paper).split())
        assert words in text
        for field in ("1. Extent", "2. Nature", "3. Schedule", "4. and 5. Signature and verification", "Exhibit D"):
            assert field in text
        report = page_validation.validate_pdf_bytes(content, profile="ua1")
        assert report.is_compliant, [failure.message for failure in report.failures]
        worked()
    assert engine.calls
    assert "No page is free." in text


def test_a_late_removal_is_named_on_the_first_page(school: School, frozen_now: time_machine.Traveller) -> None:
    """From the day on which it was due, and not before."""
    certificate = factory.certificate(school)
    make.student(school=school)  # a school without students is shown how to begin
    frozen_now.move_to(certificate.due_at)
    office = signed_in(school, "rivera@harbour.example")
    assert "still on the disk" not in office.get("/").content.decode()
    frozen_now.shift(timedelta(seconds=1))
    assert "1 certificate is late: deleted rows are still on the disk" in office.get("/").content.decode()


def test_another_schools_certificate_does_not_exist(school: School, office: Client) -> None:
    """Neither as a page nor as a file."""
    other = factory.certificate(make.school(domain="hill.example"))
    for name in ("", "certificate.pdf", "certificate.json"):
        assert office.get(f"/retention/certificates/{other.pk}/{name}").status_code == 404
