"""The pages about jobs and system events: what each role sees, messy rows, starting again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from classwaves_admin.jobs.actions import forget_old
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, BackgroundJob, School
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people, support, system

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def school() -> School:
    """Save a school of a district, and one of another."""
    make.district(pk="d-1")
    school = make.school(name="Harbour School", domain="harbour.example")
    make.setting(school=school, key="district_id", value="d-1")
    return school


def browser(role: str, **given: Any) -> Client:
    """Return the browser of a member with this role."""
    client = Client()
    client.force_login(people.member(role, email=f"{role}@office.example", **given))
    return client


def test_a_district_sees_the_jobs_of_its_schools_alone(school: School) -> None:
    """A job of another school, and one of no school, are not in its list; a super administrator sees all."""
    other = make.school(domain="hill.example")
    for owner, kind in ((school, "consent.ask"), (other, "audit.make"), (None, "audit.seal")):
        system.job(owner, kind=kind)
    page = browser("district_admin", district="d-1").get("/system/jobs/").content.decode()
    shown = [kind for kind in ("consent.ask", "audit.make", "audit.seal") if f'muted">{kind}<' in page]
    assert shown == ["consent.ask"]
    every = browser("super_admin").get("/system/jobs/").content.decode()
    assert all(f'muted">{kind}<' in every for kind in ("consent.ask", "audit.make", "audit.seal"))


def test_a_failed_job_is_started_again_and_the_log_says_so(school: School) -> None:
    """The job waits for the worker, the catalog's row too; a second press and another school's job change nothing."""
    job = system.job(school, state=State.FAILED, failure="TimeoutError", attempts=8)
    elsewhere = system.job(make.school(domain="hill.example"), state=State.FAILED)
    office = browser("district_admin", district="d-1")
    assert "Something took too long (8 tries)" in office.get("/system/jobs/").content.decode()
    for job_id in (job.pk, job.pk, elsewhere.pk):
        office.post("/system/jobs/retry/", {"job": job_id})
    delivery.deliver()
    with system_scope(reason="test"):
        states = dict(Job.objects.values_list("id", "state"))
        assert states == {job.pk: State.QUEUED, elsewhere.pk: State.FAILED}
        assert AuditLog.objects.filter(event_type="job.retried", resource_id=job.pk).count() == 1


def test_jobs_of_other_services_are_told_without_their_words(school: School) -> None:
    """Kind, state and times to who sees all schools, never what may name a student; the portal's own are left out."""
    words = {"parameters": '{"student": "Maya"}', "result": '"Maya"', "error_message": "No words of Maya"}
    system.background_job(job_type="<i>transcribe", status="<b>odd</b>", **words)
    system.background_job(job_type="consent.ask")
    page = browser("super_admin").get("/system/jobs/others/").content.decode()
    assert "&lt;i&gt;transcribe" in page
    assert "&lt;b&gt;odd" in page
    assert "Maya" not in page
    assert "may name a student" in page
    assert "consent.ask" not in page
    district = browser("district_admin", district="d-1").get("/system/jobs/others/").content.decode()
    assert "transcribe" not in district
    assert "Shown to super administrators" in district


def test_old_jobs_are_forgotten_but_not_failed_ones(school: School) -> None:
    """After JOB_DAYS; the catalog's row stays for its policy."""
    long_ago = now() - timedelta(days=90)
    for state in (State.DONE, State.CANCELLED, State.FAILED):
        system.job(school, state=state, finished_at=long_ago)
    system.job(school, finished_at=long_ago + timedelta(seconds=1))
    system.background_job(status="completed")
    with system_scope(reason="test"):
        assert forget_old(now=now()) == 2
        assert sorted(Job.objects.values_list("state", flat=True)) == [State.DONE, State.FAILED]
    assert BackgroundJob.objects.count() == 1


def test_events_are_counted_whatever_their_spelling(school: School) -> None:
    """Other services write severities as they like; a filter finds all spellings, and what nobody knows."""
    for severity in ("ERROR", "err", "Warn", "notice", "purple"):
        system.event(school, severity=severity, message=f"Message of {severity}")
    office = browser("district_admin", district="d-1")
    errors = office.get("/system/events/?severity=error").content.decode()
    assert "Message of ERROR" in errors
    assert "Message of err<" in errors
    assert "Message of Warn" not in errors
    unknown = office.get("/system/events/?severity=other").content.decode()
    assert "Message of purple" in unknown
    assert "Message of notice" not in unknown


@pytest.mark.parametrize(("asked", "days"), [("", 7), ("?days=1", 1), ("?days=1000", 7), ("?days=x", 7)])
def test_the_field_of_the_period_says_what_the_list_shows(school: School, asked: str, days: int) -> None:
    """Where an address names no period that is offered, both are of a week."""
    system.event(school, message="Six days ago", created_at=now() - timedelta(days=6))
    district = browser("district_admin", district="d-1")
    events = district.get(f"/system/events/{asked}").content.decode()
    for page in (events, district.get(f"/system/speed/{asked}").content.decode()):
        assert f'<option value="{days}" selected>' in page
    assert ("Six days ago" in events) is (days == 7)


def test_an_event_shows_its_details_as_text(school: School) -> None:
    """JSON is indented, anything else stands as it is; an id with a slash has a page; another school's is not there."""
    system.event(school, pk="a/b c", error_details='{"at": [1, 2]}', message="<i>no</i>")
    district = browser("district_admin", district="d-1")
    page = district.get("/system/events/a/b%20c/").content.decode()
    assert "&quot;at&quot;: [" in page
    assert "<i>no" not in page
    assert "/system/events/a/b%20c/" in district.get("/system/events/").content.decode()
    hidden = system.event(make.school(domain="hill.example"))
    assert district.get(f"/system/events/{hidden.pk}/").status_code == 404


def test_what_services_wrote_is_for_the_office(school: School) -> None:
    """They may have named a student, whether they name a school or not: ClassWaves reads it within a grant alone."""
    system.event(school, pk="e-1", message="Maya Lopez is absent", error_details="Maya could not sign in")
    system.event(None, pk="e-2", message="No row of Maya Lopez", error_details="Maya")
    admin = browser("super_admin")
    for address in ("/system/events/", "/system/events/e-1/", "/system/events/e-2/"):
        page = admin.get(address).content.decode()
        assert "Maya" not in page
        assert "may name a student" in page
    support.entered(admin, support.grant("d-1").pk)
    assert "Maya Lopez is absent" in admin.get("/system/events/").content.decode()
    assert "Maya could not sign in" in admin.get("/system/events/e-1/").content.decode()
