"""The sample is loaded once, into both databases, and its people can sign in."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from classwaves_admin.accounts.access import Suspended
from classwaves_admin.accounts.directory import standing_of
from classwaves_admin.accounts.models import SupportGrant, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.support.rules import GrantState
from classwaves_admin.inventory.models import Subprocessor
from classwaves_admin.inventory.queries.surveys import counted
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.models import State as JobState
from classwaves_admin.lib.actor import system
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.people.models import AccessReview
from classwaves_admin.portal.queries.waiting import NIGHTLY
from classwaves_admin.portal.sample import doings, load
from classwaves_admin.portal.sample.load import load_sample
from classwaves_admin.portal.sample.people import PASSWORD
from classwaves_admin.portal.sample.plans import plans
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, Recording, Student
from classwaves_admin.warehouse.outbox.codec import tables
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.models import CoverageDay
from consent.queries.circumstances import circumstances_of
from consent.queries.rows import consents_of, facts_of
from consent.rules.flags import flags_for
from retention.actions.intake import note_age_records
from retention.models import RightsRequest

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
NOW = datetime(2025, 3, 4, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _everywhere() -> Iterator[None]:
    """Look at all schools."""
    with system_scope(reason="test"):
        yield


def test_the_sample_is_whole_in_both_databases(client: Client, settings: Settings) -> None:
    """Every table of the catalog has rows, flags hold, files are there, people sign in, a second run adds nothing."""
    counts = load_sample(now=NOW)
    assert counts is not None
    assert not OutboxEntry.objects.exists()
    for name, model in tables().items():
        held = model._default_manager.count()
        assert held >= max(1, counts[name]), name
    _flags_hold()
    playable = Recording.objects.filter(format="wav")
    assert playable
    assert all(storages["recordings"].exists(recording.file_path) for recording in playable)
    _people_have_their_roles()
    _requests_are_registered()
    _people_have_used_the_portal()
    _the_night_does_not_keep_anybody_waiting()
    settings.STAFF_MFA_REQUIRED = False
    _each_number_of_each_dashboard_leads_to_its_rows()
    assert client.login(email=plans().accounts[0].email, password=PASSWORD)
    before = AuditLog.objects.count()
    assert load_sample(now=NOW) is None
    out = io.StringIO()
    call_command("load_sample", stdout=out)
    assert "loaded already" in out.getvalue()
    assert AuditLog.objects.count() == before
    call_command("sample_signins", stdout=out)
    assert all(account.email in out.getvalue() for account in plans().accounts)


# The rows of the list behind a number, by the name of its page. What a list leaves out is told by `left`.
ROWS = {
    "student-list": "lines",
    "worklist": "lines",
    "age-list": "rows",
    "request-list": "lines",
    "unusual-list": "lines",
    "run-list": "runs",
    "certificate-list": "certificates",
    "queue-list": "mails",
    "job-list": "jobs",
    "outbox": "changes",
    "review-list": "due",
    "support-list": "lines",
    "policy-list": "changes",
    "school-list": "moves",
}


def _each_number_of_each_dashboard_leads_to_its_rows() -> None:
    """Follow every number that a person's dashboard shows, and count the rows of the list over all its pages."""
    followed = set()
    with time_machine.travel(NOW, tick=False):
        for account in plans().accounts:
            if account.note:
                continue  # may do nothing
            office = Client()
            office.force_login(User.objects.get(email=account.email))
            page = office.get("/")
            if page.status_code != 200:
                continue  # a teacher has no dashboard
            told = [(tile.page, tile.value, url) for tile, url in page.context.get("tiles", [])]
            told += [(one.page, int(re.findall(r"[\d,]+", one.sentence)[0]), url) for one, url in page.context["work"]]
            for name, number, url in told:
                if url:
                    assert (account.email, url, _rows_behind(office, name, url)) == (account.email, url, number)
                    followed.add((account.role, name))
    assert {("district_admin", "student-list"), ("school_admin", "worklist"), ("school_admin", "age-list")} <= followed
    assert {("district_admin", "request-list"), ("super_admin", "outbox")} & followed


def _rows_behind(office: Client, name: str, url: str) -> int:
    found = 0
    while url:
        context = office.get(url, follow=True).context
        rows = context[ROWS[name]]
        found += (rows if isinstance(rows, int) else len(rows)) + context.get("left", 0)
        url = context.get("next_url", "")
    return found


def _flags_hold() -> None:
    """Check the flags through the queries that pages use."""
    students = list(Student.objects.all())
    ids = [student.id for student in students]
    consents, about = consents_of(ids), circumstances_of({one.id: one.school_id for one in students}, NOW)
    for student in students:
        flags = flags_for(facts_of(consents[student.id]), about[student.id], NOW).columns()
        assert {name: getattr(student, name) for name in flags} == flags


def _requests_are_registered() -> None:
    """What the log tells of requests stands in the register, once; a wish on an age record is no second request."""
    received = AuditLog.objects.filter(event_type__in=["request.access_received", "request.deletion_received"])
    assert RightsRequest.objects.exclude(kind="correct").count() == received.count()
    assert RightsRequest.objects.filter(kind="copy", closed_at=None).exists()
    assert note_age_records(by=system("retention"), now=NOW) == 0


def _people_have_their_roles() -> None:
    """Check that each account may do what its line says; the suspended teacher may do nothing."""
    for account in plans().accounts:
        user = User.objects.get(email=account.email)
        if account.note:
            with pytest.raises(Suspended):
                standing_of(user, today=NOW.date())
        else:
            assert standing_of(user, today=NOW.date()).access.role == Role(account.role)


def _people_have_used_the_portal() -> None:
    """No list of the office is empty: subprocessors, a review begun, support asked for, a mail that failed."""
    assert Subprocessor.objects.filter(until=None).count() == 3
    assert Subprocessor.objects.exclude(until=None).count() == 1
    review = AccessReview.objects.get()
    decided = review.lines.exclude(decision="").count()
    assert 0 < decided < review.lines.count()
    assert [grant.state_at(NOW) for grant in SupportGrant.objects.all()] == [GrantState.ASKED]
    failed = OutgoingMail.objects.get(state=State.FAILED)
    assert NotificationQueue.objects.get(pk=failed.pk).status == "failed"
    told = set(AuditLog.objects.values_list("event_type", flat=True))
    assert {"settings.changed", "support.asked", "access.reviewed"} <= told


def _the_night_does_not_keep_anybody_waiting() -> None:
    """What is counted every night is asked for at once: the worker that comes makes chart and counts of rows."""
    jobs = {job.kind: job.pk for job in Job.objects.all()}
    assert set(jobs) == set(NIGHTLY)
    with time_machine.travel(NOW, tick=False):
        while any(running.run(job_id) for job_id in jobs.values()):
            pass
        assert not Job.objects.exclude(state=JobState.DONE).exists()
        assert {day.worked_out for day in CoverageDay.objects.all()} == {True, False}
        assert counted(everywhere=True).rows["users.students"] == 300


def test_a_load_that_was_stopped_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rows are there and what people did is not, a second load does that alone."""
    done: list[datetime] = []
    monkeypatch.setattr(load, "already_loaded", lambda: True)
    monkeypatch.setattr(doings, "do_all", done.append)
    assert load_sample(now=NOW) is None
    assert done == [NOW]


def test_production_refuses_the_sample(settings: Settings) -> None:
    """Passwords that everyone can read never reach an installation in use."""
    settings.PRODUCTION = True
    for command in ("load_sample", "sample_signins"):
        with pytest.raises(CommandError, match=r"development|production"):
            call_command(command)
    assert not User.objects.exists()


def test_sign_ins_say_where_the_sample_is_missing() -> None:
    """Without a sample there is nobody to print."""
    out = io.StringIO()
    call_command("sample_signins", stdout=out)
    assert "load_sample" in out.getvalue()
