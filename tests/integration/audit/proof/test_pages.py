"""The pages of proof: what a superintendent reads and takes away, and verification as a job."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from audit.models import Chain, Seal, Verification
from audit.proof import verifying
from audit.proof.jobs import VERIFY
from audit.proof.keys import public_keys
from audit.proof.verifier import is_signed, keys_of
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib import clock
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.integration.audit.proof.conftest import NOON

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
Sealer = Callable[[], None]


def chain_url(school_id: str) -> str:
    """Return the address of a school's chain."""
    return f"/proof/schools/{school_id}/"


def verify(office: Client, school_id: str) -> Verification:
    """Choose Verify now and let the worker work."""
    response = office.post(f"/proof/verify/{school_id}/")
    assert (response.status_code, response["Location"]) == (302, chain_url(school_id))
    with inside(EVERYTHING):
        job = Job.objects.get(kind=VERIFY)
        for _ in range(20):
            if not running.run(job.pk):
                break
        return Verification.objects.latest("created_at")


def test_the_office_sees_its_own_chain(office: Client, schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The list has the person's school with its seal; another school is not there, and its chain is no page."""
    seal()
    page = office.get("/proof/").content.decode()
    assert "Harbour School" in page
    assert "Hill School" not in page
    assert "Not verified yet" in page
    chain = office.get(chain_url(schools.harbour.pk)).content.decode()
    assert "Mar 3, 2025" in chain
    assert office.get(chain_url(schools.hill.pk)).status_code == 404
    assert office.post(f"/proof/verify/{schools.hill.pk}/").status_code == 404
    assert office.get(f"/proof/seals/{Seal.objects.get(school_id=schools.hill.pk).pk}.json").status_code == 404


def test_before_the_first_seal(office: Client, schools: Schools) -> None:
    """The pages say what comes, and offer nothing that cannot be done."""
    assert "None yet" in office.get("/proof/").content.decode()
    page = office.get(chain_url(schools.harbour.pk)).content.decode()
    assert "No seal yet" in page
    assert "/proof/verify/" not in page
    assert office.post(f"/proof/verify/{schools.harbour.pk}/").status_code == 404


def test_without_a_key_the_pages_say_so(office: Client, schools: Schools, settings: Settings) -> None:
    """Paused is said in words on both pages, with a key that cannot be read too."""
    for key in ("", "no key"):
        settings.AUDIT_SEAL_KEY = key
        assert "Sealing is paused" in office.get("/proof/").content.decode()
        assert "Sealing is paused" in office.get(chain_url(schools.harbour.pk)).content.decode()


def test_verify_an_untouched_log(office: Client, schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The page says how many events were compared and how many wait, and the log who asked."""
    seal()
    done = verify(office, schools.harbour.pk)
    assert (done.rows, done.unsealed, done.findings) == (7, 2, 0)  # the events of sealing and of asking wait
    page = office.get(chain_url(schools.harbour.pk)).content.decode()
    assert "Nothing was altered, removed or inserted" in page
    assert "All 5 sealed events are exactly as they were sealed. 2 newer" in page
    assert "Untouched" in office.get("/proof/").content.decode()
    delivery.deliver()
    assert AuditLog.objects.filter(event_type="audit.viewed", resource_id=done.pk).exists()


def test_verify_an_altered_log(office: Client, schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The page names the first event and says what to do."""
    seal()
    make.change(log[3], description="Nothing happened.")
    done = verify(office, schools.harbour.pk)
    assert done.first == {"kind": "altered", "row": "harbour-3", "seal": 1}
    page = office.get(chain_url(schools.harbour.pk)).content.decode()
    assert "The log is not as it was sealed" in page
    assert "harbour-3" in page
    assert "privacy officer" in page
    assert "Not as sealed" in office.get("/proof/").content.decode()


def test_a_verification_in_portions(
    office: Client, schools: Schools, log: list[AuditLog], seal: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Day after day, each once, with progress; a second wish meanwhile starts nothing."""
    monkeypatch.setattr(verifying, "PORTION", 0.0)
    for number in range(4):
        make.audit_row(school=schools.harbour, event_timestamp=NOON - timedelta(days=number))
    seal()
    office.post(f"/proof/verify/{schools.harbour.pk}/")
    assert "Days compared" in office.get(chain_url(schools.harbour.pk)).content.decode()
    office.post(f"/proof/verify/{schools.harbour.pk}/")
    assert Verification.objects.count() == 1
    job = Job.objects.get(kind=VERIFY)
    with inside(EVERYTHING):
        running.run(job.pk)
    done = Verification.objects.get()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    rows = AuditLog.objects.filter(school_id=schools.harbour.pk).exclude(event_type="audit.viewed").count()
    assert done.rows - rows in {0, 1}  # the event of asking may have come in between
    assert done.findings == 0


def test_downloads(office: Client, schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A checkpoint and the public keys are enough to check the signature elsewhere."""
    seal()
    one = Seal.objects.get(school_id=schools.harbour.pk)
    answer = office.get(f"/proof/seals/{one.pk}.json")
    assert answer["Content-Disposition"] == 'attachment; filename="seal-1.json"'
    keys = keys_of(office.get("/proof/keys.json").json())
    assert keys == public_keys()
    assert is_signed(json.loads(answer.json()["checkpoint"]), answer.json()["signature"], keys)


def test_schools_that_only_the_log_knows(schools: Schools, seal: Sealer) -> None:
    """Other services write any school: a super admin sees its chain, whatever its id, and the page works."""
    names = ["A/B c\n<i>", "x" * 100, "portal"]
    for name in names:
        make.change(make.audit_row(), school_id=name)
    seal()
    browser = signed_in(people.member("super_admin", email="super@district.example"))
    page = browser.get("/proof/")
    assert page.status_code == 200
    assert "<i>" not in page.content.decode()
    assert "Events of no single school" in page.content.decode()
    for proof in page.context["proofs"]:
        answer = browser.get(chain_url(proof.school_id).replace("\n", "%0A"))
        assert answer.status_code == 200
        assert proof.can_verify == (len(proof.school_id) <= 64 and Chain.objects.filter(pk=proof.school_id).exists())
    assert browser.post(f"/proof/verify/{'x' * 100}/").status_code == 404


def test_among_many_schools(
    schools: Schools, log: list[AuditLog], seal: Sealer, frozen_now: time_machine.Traveller
) -> None:
    """A broken school stands first; what came since is counted where it was sealed, and a clock of 2100 is no news."""
    browser = signed_in(people.member("super_admin", email="super@district.example"))
    make.audit_row(school=schools.hill, event_timestamp=NOON + timedelta(days=30_000))
    seal()
    make.change(log[5], description="Nothing happened.")
    verify(browser, schools.hill.pk)
    make.school(name="Azure School")
    frozen_now.shift(timedelta(minutes=9))
    make.audit_row(school=schools.harbour, event_timestamp=clock.now())
    proofs = browser.get("/proof/").context["proofs"]
    assert [(one.name, one.verdict.code, one.waiting) for one in proofs if "School" in one.name] == [
        ("Hill School", "broken", "0"),
        ("Azure School", "never", "All"),
        ("Harbour School", "never", "1"),
    ]


def test_a_verification_before_the_first_seal(office: Client, schools: Schools, log: list[AuditLog]) -> None:
    """Where nothing is sealed nothing is called untouched."""
    Chain.objects.create(pk=schools.harbour.pk)
    verify(office, schools.harbour.pk)
    page = office.get(chain_url(schools.harbour.pk)).content.decode()
    assert "Nothing is proved yet" in page
    assert "Untouched" not in office.get("/proof/").content.decode()


def test_a_chain_that_somebody_deleted(office: Client, schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """While a seal is left the page shows it, and a verification says what is wrong."""
    seal()
    Chain.objects.filter(pk=schools.harbour.pk).delete()
    assert verify(office, schools.harbour.pk).first == {"kind": "miscounted", "row": None, "seal": None}
    assert "does not agree with its seals" in office.get(chain_url(schools.harbour.pk)).content.decode()


def test_a_late_seal_says_so(office: Client, schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """How many days after its events a seal was made stands beside their day."""
    make.audit_row(school=schools.harbour, event_timestamp=NOON - timedelta(days=30))
    seal()
    page = office.get(chain_url(schools.harbour.pk)).content.decode()
    assert page.count("days late") == 1
    assert "sealed 30 days late" in page


def test_a_bad_cursor(office: Client, schools: Schools) -> None:
    """An address that no page of ours wrote is no page."""
    assert office.get(chain_url(schools.harbour.pk) + "?cursor=nonsense").status_code == 404
