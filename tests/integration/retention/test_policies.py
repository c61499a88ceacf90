"""A policy is changed: typed, counted, seen, made; nothing is written over and nothing lost."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, Periods
from classwaves_admin.warehouse.models import AuditLog, RetentionPolicy, School
from retention.actions.changes import make_change
from retention.models import ChangeState, PolicyChange
from retention.queries.policies import policies_of
from tests.factories import catalog as make
from tests.factories import policies as factory

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
TYPED = {"archive": "", "retain": "100", "delete": "120", "ground": "Board policy", "reason": "Shorter is safer."}


def asked(office: Client, school: School, kind: str = "transcripts", **typed: str) -> PolicyChange:
    """Type a change, let it be counted, and return it."""
    answer = office.post(f"/retention/schools/{school.pk}/{kind}/edit/", TYPED | typed)
    assert answer.status_code == 302, answer.content.decode()
    change = PolicyChange.objects.latest("asked_at", "id")
    running.run(Job.objects.get(subject_id=change.pk).pk)
    change.refresh_from_db()
    return change


def transcripts(school: School, *days: int) -> None:
    """Save a transcript of each age in days."""
    meeting = make.session(school=school)
    for age in days:
        make.transcription(session=meeting, created_at=now() - timedelta(days=age))


def test_a_school_without_policies_sees_defaults_and_findings(office: Client, school: School) -> None:
    """Missing is shown as missing, with what counts until it is mended."""
    page = office.get(f"/retention/schools/{school.pk}/").content.decode()
    assert "11 of 11 kinds of data have a finding" in page
    assert page.count("nothing is deleted by itself") == 11


def test_a_change_is_counted_then_made(office: Client, school: School) -> None:
    """The numbers are those of the rows; the row, the school's days and the log change when a person says so."""
    transcripts(school, 10, 95, 121, 200, 400)
    change = asked(office, school)
    [numbers] = change.numbers.values()
    assert numbers["table"] == "sessions.transcriptions"
    assert (numbers["delete"], numbers["already"]) == ([3, 4, 4], 1)
    assert RetentionPolicy.objects.count() == 0
    page = office.get(f"/retention/changes/{change.pk}/").content.decode()
    assert "Make the change" in page
    assert "Shorter is safer." in page
    office.post(f"/retention/changes/{change.pk}/make/")
    row = RetentionPolicy.objects.get()
    assert (row.policy_type, row.retention_days, row.delete_after_days) == ("transcripts", 100, 120)
    assert (row.legal_basis, row.auto_delete_enabled) == ("Board policy", False)
    assert School.objects.get().data_retention_days == DEFAULTS[Retention.SESSION_RECORDS].periods.delete
    event = AuditLog.objects.get(event_type="retention.policy_changed")
    assert event.resource_id == "transcripts"
    told = json.loads(event.data_accessed or "")
    assert (told["before"], told["after"]) == ({"retain": 365, "delete": 395}, {"retain": 100, "delete": 120})
    assert "safer" not in (event.data_accessed or "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"delete": "90"}, "Delete after 90 days is sooner than keep for 100 days."),
        ({"archive": "110"}, "Archive after 110 days is later than keep for 100 days."),
        ({"retain": "0"}, "Keep for needs at least 1 day, not 0."),
        ({"delete": "for ever"}, "Enter a whole number."),
        ({"delete": "99999999999999999999"}, "nothing is kept without an end"),
        ({"ground": "other"}, "Write the legal basis"),
        ({"reason": " "}, "Say why"),
    ],
)
def test_what_cannot_stand_is_said_at_the_field(
    office: Client, school: School, typed: dict[str, str], words: str
) -> None:
    """Nothing is asked for, and what was typed is still there."""
    answer = office.post(f"/retention/schools/{school.pk}/transcripts/edit/", TYPED | typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert 'value="120"' in page or "delete" in typed
    assert not PolicyChange.objects.exists()


def test_a_longer_period_needs_no_reason(office: Client, school: School) -> None:
    """Whoever keeps data for longer than now, within the limit, is asked for no reason."""
    make.retention_policy(school=school, retention_days=50, delete_after_days=60)
    change = asked(office, school, reason="")
    make_change(change=change, by=factory.BY, now=now())
    assert RetentionPolicy.objects.get().delete_after_days == 120


def test_many_rows_need_a_second_person(office: Client, colleague: Client, school: School, settings: Settings) -> None:
    """The one who asked cannot make it; another types the number of rows, and a wrong number changes nothing."""
    settings.RETENTION_SECOND_PERSON_ROWS = 2
    transcripts(school, 130, 140, 150)
    change = asked(office, school)
    office.post(f"/retention/changes/{change.pk}/make/", {"rows": "3"})
    assert not RetentionPolicy.objects.exists()
    assert "Another administrator has to confirm" in office.get(f"/retention/changes/{change.pk}/").content.decode()
    assert str(change.pk) in colleague.get("/retention/").content.decode()
    wrong = colleague.post(f"/retention/changes/{change.pk}/make/", {"rows": "4"})
    assert wrong.status_code == 422
    assert "The number of rows is 3" in wrong.content.decode()
    assert not RetentionPolicy.objects.exists()
    colleague.post(f"/retention/changes/{change.pk}/make/", {"rows": " 3 "})
    assert RetentionPolicy.objects.get().delete_after_days == 120
    change.refresh_from_db()
    assert change.asked_by != change.decided_by


def test_another_writers_policy_is_not_written_over(
    office: Client, school: School, frozen_now: time_machine.Traveller
) -> None:
    """The row has changed since the numbers were counted: the change says so and writes nothing."""
    row = make.retention_policy(school=school)
    change = asked(office, school)
    frozen_now.shift(60)
    make.change(row, retention_days=200, updated_at=now())
    page = office.post(f"/retention/changes/{change.pk}/make/", follow=True).content.decode()
    assert "Somebody else has changed this policy since" in page
    assert RetentionPolicy.objects.get().retention_days == 200


def test_of_two_changes_at_once_one_is_made(office: Client, school: School, frozen_now: time_machine.Traveller) -> None:
    """Both were asked for on the same policy: the second finds that it has moved."""
    first, second = asked(office, school), asked(office, school, delete="130")
    frozen_now.shift(60)
    office.post(f"/retention/changes/{first.pk}/make/")
    office.post(f"/retention/changes/{second.pk}/make/")
    assert RetentionPolicy.objects.get().delete_after_days == 120
    states = dict(PolicyChange.objects.values_list("pk", "state"))
    assert states == {first.pk: ChangeState.MADE, second.pk: ChangeState.OPEN}
    office.post(f"/retention/changes/{first.pk}/make/")
    assert AuditLog.objects.filter(event_type="retention.policy_changed").count() == 1


def test_doubled_rows_become_one(office: Client, school: School) -> None:
    """The newest of two rows counts and is the one that is changed; the other leaves the catalog."""
    make.retention_policy(school=school, updated_at=now() - timedelta(days=2))
    newest = make.retention_policy(school=school, updated_at=now() - timedelta(days=1))
    change = asked(office, school)
    make_change(change=change, by=factory.BY, now=now())
    assert RetentionPolicy.objects.get().pk == newest.pk


def test_a_dropped_change_changes_nothing(office: Client, school: School) -> None:
    """It stays in the history as dropped, and cannot be made any more."""
    change = asked(office, school)
    office.post(f"/retention/changes/{change.pk}/drop/")
    office.post(f"/retention/changes/{change.pk}/make/")
    assert not RetentionPolicy.objects.exists()
    assert "Dropped" in office.get(f"/retention/schools/{school.pk}/transcripts/").content.decode()


def test_disclosures_and_consents_in_force_stay(office: Client, school: School) -> None:
    """Age alone takes neither; the numbers say how many stay and why."""
    for days, event in ((2000, "student.viewed"), (2000, "disclosure.made"), (5, "student.viewed")):
        make.audit_row(school=school, event_type=event, event_timestamp=now() - timedelta(days=days))
    log = asked(office, school, "audit_log", retain="1000", delete="1500").numbers["compliance.audit_log"]
    assert log["delete"][0] == 1
    assert list(log["kept"].values()) == [1]
    student = make.student(school=school)
    old = now() - timedelta(days=2500)
    make.consent(student=student, consent_date=old, expires_at=None, revoked_at=None)
    make.consent(student=student, consent_date=old, expires_at=old + timedelta(days=10))
    consents = asked(office, school, "consent_records").numbers["compliance.parental_consents"]
    assert consents["delete"][0] == 1


@pytest.mark.parametrize("kind", Retention)
def test_every_kind_can_be_counted(office: Client, school: School, kind: Retention) -> None:
    """Each table of each kind is counted in a school with a row of everything; what is of no school says so."""
    student = make.student(school=school)
    make.recording(session=make.session(school=school))
    make.coppa(student=student)
    change = factory.change(school, kind=kind, periods=Periods(1, 1, 1))
    assert change.counted_at
    assert all(numbers is None or numbers["delete"][0] >= 0 for numbers in change.numbers.values())
    assert office.get(f"/retention/changes/{change.pk}/").status_code == 200


def test_rows_of_another_school_do_not_count(office: Client, school: School) -> None:
    """A change counts the rows of its school alone."""
    transcripts(make.school(domain="hill.example"), 500)
    assert asked(office, school).numbers["sessions.transcriptions"]["delete"] == [0, 0, 0]


def test_rows_of_other_services_are_shown(office: Client, school: School) -> None:
    """A policy of a kind that nobody knows, and one without an end, are findings."""
    make.retention_policy(school=school, policy_type="selfies<b>")
    make.retention_policy(school=school, delete_after_days=None)
    page = office.get(f"/retention/schools/{school.pk}/").content.decode()
    assert "selfies&lt;b&gt;" in page
    assert "states no period that can hold" in page
    assert policies_of(school.pk).held[Retention.TRANSCRIPTS].periods.delete == 365


def test_a_policy_that_is_not_there_is_not_found(office: Client, school: School) -> None:
    """A mistyped address is a 404, as is another school."""
    for address in ("selfies/", "selfies/edit/"):
        assert office.get(f"/retention/schools/{school.pk}/{address}").status_code == 404
    other = make.school(domain="hill.example")
    assert office.get(f"/retention/schools/{other.pk}/transcripts/edit/").status_code == 404
    assert office.get(f"/retention/changes/{factory.change(other).pk}/").status_code == 404
