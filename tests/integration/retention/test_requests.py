"""Requests about a student's data: noted with the day to answer, kept from destruction, closed with an outcome."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, Participant, School, Student, Transcription
from consent.actions.take_back import take_back
from consent.queries.own_answers import own_answers
from consent.vocabulary import ConsentType, WithdrawalWay
from retention.actions.intake import note_age_records, note_withdrawals
from retention.models import RightsRequest, Run, RunState
from retention.queries.due import count_of, with_clock
from retention.queries.kept import ON_ACCESS_REQUEST, kept_at
from retention.rules.changes import Count
from retention.schedule import SCHEDULE, rule_of
from retention.vocabulary import RequestKind
from tests.factories import catalog as make
from tests.factories import deletions, families
from tests.factories import requests as factory

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
GONE = Periods(None, 1, 1)
WORDS = "The grade in line 4 is not hers"


@pytest.fixture
def maya(school: School) -> Student:
    """Return a student of the school."""
    return make.student(school=school, display_name="Maya R.")


def noted(office: Client, student: Student, **typed: str) -> RightsRequest:
    """Type a request on the page, and return it."""
    typed = {"kind": "copy", "who": "school", "received": str(now().date()), "words": WORDS} | typed
    answer = office.post(f"/requests/new/{student.pk}/", typed)
    assert answer.status_code == 302, answer.content.decode()
    return RightsRequest.objects.get()


def counted(school: School, model: type = Transcription) -> Count:
    """Return what a policy of one day would do to a table of the school."""
    return count_of(rule_of(model), school.pk, before=GONE, after=GONE, kept=kept_at(school.pk), now=now())


def test_a_request_is_noted_with_its_last_day_and_closed(office: Client, school: School, maya: Student) -> None:
    """From the student's page to the outcome; the log holds codes, and neither words nor answer."""
    mother = families.guardian(maya, name="Ana Rivera")
    assert f"/requests/new/{maya.pk}/" in office.get(f"/students/{maya.pk}/").content.decode()
    request = noted(office, maya, who=mother.pk)
    assert (request.guardian_id, request.clock, request.due_at.date()) == (mother.pk, "coppa", date(2025, 4, 4))
    page = office.get("/requests/").content.decode()
    assert all(words in page for words in ("Maya R.", "Ana Rivera", "30 days left"))
    office.post(f"/requests/{request.pk}/close/", {"outcome": "fulfilled", "answer": "Copy handed over"})
    request.refresh_from_db()
    assert (request.outcome, request.closed_at) == ("fulfilled", now())
    assert "Maya R." not in office.get("/requests/").content.decode()
    assert "Fulfilled" in office.get("/requests/?state=closed").content.decode()
    events = AuditLog.objects.filter(event_type__startswith="request.").order_by("event_timestamp", "id")
    assert [one.event_type for one in events] == ["request.access_received", "request.access_fulfilled"]
    assert not any(words in str(one.__dict__) for one in events for words in (WORDS, "handed", "Rivera"))


@pytest.mark.parametrize(
    ("kind", "received", "closed"),
    [
        (RequestKind.SEE, "request.access_received", "request.closed"),
        (RequestKind.CORRECT, "request.amend_received", "request.amend_decided"),
        (RequestKind.REFUSE, "request.refuse_collection", "request.closed"),
        (RequestKind.DELETE, "request.deletion_received", "request.closed"),
    ],
)
def test_each_kind_leaves_its_event(
    office: Client, maya: Student, kind: RequestKind, received: str, closed: str
) -> None:
    """Received and refused, with the reason for the office alone; closing twice changes nothing."""
    request = factory.request(maya, kind)
    for answer in ("Not ours", "Later"):
        office.post(f"/requests/{request.pk}/close/", {"outcome": "refused", "answer": answer})
    request.refresh_from_db()
    assert request.answer == "Not ours"
    events = AuditLog.objects.filter(event_type__startswith="request.").values_list("event_type", flat=True)
    assert sorted(events) == sorted([received, closed])


def test_a_request_to_delete_stands_on_the_age_record(maya: Student) -> None:
    """Other services read it there; a request that is open already keeps its day."""
    factory.request(maya, RequestKind.DELETE)
    assert CoppaCompliance.objects.get(student=maya).deletion_requested_at == now()
    make.change(CoppaCompliance.objects.get(student=maya), deletion_requested_at=now() - timedelta(days=3))
    factory.request(maya, RequestKind.DELETE)
    assert CoppaCompliance.objects.get(student=maya).deletion_requested_at == now() - timedelta(days=3)


def test_nothing_that_waits_to_be_seen_is_destroyed(office: Client, school: School, maya: Student) -> None:
    """The child's rows stay with a reason of their own until the request is closed (34 CFR 99.10(e))."""
    meeting = make.session(school=school, created_at=now() - timedelta(days=100))
    noah = make.student(school=school)
    for student in (maya, noah):
        seat = make.participant(session=meeting, student=student)
        make.transcription(session=meeting, speaker_id=seat.pk, created_at=now() - timedelta(days=90))
    assert counted(school).delete[0] == 2
    factory.request(maya, RequestKind.CORRECT)
    assert counted(school).delete[0] == 2
    request = factory.request(maya, RequestKind.SEE)
    count = counted(school)
    assert (count.delete[0], count.kept) == (1, {ON_ACCESS_REQUEST: 1})
    assert counted(school, Participant).kept == {ON_ACCESS_REQUEST: 1}
    office.post(f"/requests/{request.pk}/close/", {"outcome": "fulfilled"})
    assert counted(school).delete[0] == 2


@pytest.mark.parametrize("rule", [rule for rule in SCHEDULE if rule.clock], ids=lambda rule: rule.name)
def test_every_table_can_be_asked_for_what_waits_to_be_seen(school: School, maya: Student, rule: object) -> None:
    """One condition for each table, beside the holds."""
    factory.request(maya)
    assert isinstance(rule, type(SCHEDULE[0]))
    [(reason, condition)] = kept_at(school.pk).reasons(rule)
    assert reason == ON_ACCESS_REQUEST
    rows = with_clock(rule, rule.model._default_manager.all()).filter(condition)
    assert all(row.pk for row in rows)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"kind": ""}, "Choose what is asked for."),
        ({"who": "somebody"}, "Select a valid choice."),
        ({"received": "2025-03-05"}, "That day has not come yet."),
    ],
)
def test_what_cannot_be_noted_is_said_at_the_field(
    office: Client, maya: Student, typed: dict[str, str], words: str
) -> None:
    """Nothing is noted, and what was typed is still there."""
    typed = {"kind": "see", "who": "school", "received": "2025-03-04", "words": WORDS} | typed
    answer = office.post(f"/requests/new/{maya.pk}/", typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert WORDS in answer.content.decode()
    assert not RightsRequest.objects.exists()


def test_a_refusal_needs_its_reason(office: Client, maya: Student) -> None:
    """Whoever asked is owed it."""
    request = factory.request(maya)
    answer = office.post(f"/requests/{request.pk}/close/", {"outcome": "refused", "answer": " "})
    assert answer.status_code == 422
    assert "owed the reason" in answer.content.decode()


def test_a_guardian_with_an_order_or_without_rights_is_not_offered(office: Client, maya: Student) -> None:
    """A court order keeps one away (34 CFR 99.4); at 18 the rights are the student's (99.5)."""
    families.guardian(maya, name="Ana Rivera")
    families.guardian(maya, name="Tom Rivera", restricted=True)
    page = office.get(f"/requests/new/{maya.pk}/").content.decode()
    assert "Ana Rivera" in page
    assert "Tom Rivera" not in page
    assert "The student, who is" not in page
    make.coppa(student=maya, birth_year=2000)
    page = office.get(f"/requests/new/{maya.pk}/").content.decode()
    assert "Ana Rivera" not in page
    assert "The student, who is" in page


def test_the_state_of_the_district_sets_the_clock(school: School, maya: Student) -> None:
    """Five school days in California."""
    make.district(pk="d-1", state="CA")
    make.setting(school=school, key="district_id", value="d-1")
    request = factory.request(maya)
    assert (request.clock, request.due_at.date()) == ("ca", date(2025, 3, 12))


def test_the_dashboard_names_what_is_due_soon(office: Client, school: School, maya: Student) -> None:
    """From a week before the last day on."""
    factory.request(maya)
    assert "must be answered soon" not in office.get("/").content.decode()
    RightsRequest.objects.update(due_at=now() + timedelta(days=2))
    assert "1 request about a student’s data must be answered soon" in office.get("/").content.decode()


def test_a_deletion_goes_from_the_request_to_its_end(
    office: Client, colleague: Client, maya: Student, school: School, settings: Settings
) -> None:
    """Counted, approved by another administrator who types the number, done, and the request closes by itself."""
    settings.RETENTION_SECOND_PERSON_ROWS = 1
    meeting = make.session(school=school)
    make.transcription(session=meeting, speaker=make.participant(session=meeting, student=maya))
    request = noted(office, maya, kind="delete")
    address = f"/requests/{request.pk}/deletion/"
    assert address in office.get(f"/requests/{request.pk}/").content.decode()
    office.post(f"{address}count/")
    worked()
    page = office.get(address).content.decode()
    assert "Another administrator has to approve" in page
    assert "Who saw and changed what is the proof of lawful use" in page
    office.post(f"{address}approve/", {"rows": "3"})
    assert Run.objects.get().state == RunState.READY
    assert colleague.post(f"{address}approve/", {"rows": "5"}).status_code == 422
    colleague.post(f"{address}approve/", {"rows": "3"})
    worked()
    assert "Deleted, and checked" in colleague.get(address).content.decode()
    assert "Fulfilled" in office.get(f"/requests/{request.pk}/").content.decode()
    assert not Transcription.objects.exists()
    assert "No longer enrolled" in office.get(f"/students/{maya.pk}/").content.decode()


def test_a_counted_deletion_can_be_dropped_and_counted_again(office: Client, maya: Student) -> None:
    """Nothing goes, the request stays open, and only one is under way at a time."""
    request = factory.request(maya, RequestKind.DELETE)
    address = f"/requests/{request.pk}/deletion/"
    for step in ("count/", "count/", "drop/", "drop/", "approve/", "count/"):
        office.post(f"{address}{step}")
        worked()
    assert sorted(Run.objects.values_list("state", flat=True)) == [RunState.DROPPED, RunState.READY]
    assert "Maya R." in office.get(address).content.decode()


def test_a_deletion_that_a_fault_stopped_goes_on(office: Client, maya: Student) -> None:
    """From where it stood, by a button; what was not stopped cannot be gone on with."""
    request = factory.request(maya, RequestKind.DELETE)
    address = f"/requests/{request.pk}/deletion/"
    office.post(f"{address}count/")
    worked()
    office.post(f"{address}resume/")
    office.post(f"{address}approve/")
    Job.objects.filter(kind="retention.run_child").update(state="failed", failure="Fault")
    assert "A fault stopped the work" in office.get(address).content.decode()
    office.post(f"{address}resume/")
    worked()
    assert "Deleted, and checked" in office.get(address).content.decode()


def test_that_data_were_deleted_is_not_said_by_hand(office: Client, maya: Student) -> None:
    """A request to delete can be refused; "fulfilled" is for the deletion that was proved."""
    request = factory.request(maya, RequestKind.DELETE)
    answer = office.post(f"/requests/{request.pk}/close/", {"outcome": "fulfilled", "answer": "Trust me"})
    assert answer.status_code == 422
    office.post(f"/requests/{request.pk}/close/", {"outcome": "refused", "answer": "Not a guardian"})
    office.post(f"/requests/{request.pk}/deletion/count/")
    assert not Run.objects.exists()


def test_a_refused_request_deletes_nothing(office: Client, maya: Student) -> None:
    """What was counted for it is dropped, and whoever still has the page with the button open presses in vain."""
    request = factory.request(maya, RequestKind.DELETE)
    office.post(f"/requests/{request.pk}/deletion/count/")
    worked()
    office.post(f"/requests/{request.pk}/close/", {"outcome": "refused", "answer": "Not a guardian"})
    assert Run.objects.get().state == RunState.DROPPED
    Run.objects.update(state=RunState.READY)
    office.post(f"/requests/{request.pk}/deletion/approve/")
    worked()
    assert Run.objects.get().state == RunState.READY
    assert Student.objects.get(pk=maya.pk).display_name == "Maya R."


def test_a_deletion_that_has_begun_is_not_refused(office: Client, maya: Student) -> None:
    """The register never says that nothing was done where data are going."""
    request = factory.request(maya, RequestKind.DELETE)
    for step in ("count/", "approve/"):
        office.post(f"/requests/{request.pk}/deletion/{step}")
        if step == "count/":
            worked()
    answer = office.post(f"/requests/{request.pk}/close/", {"outcome": "refused", "answer": "No"}, follow=True)
    assert "The deletion has begun" in answer.content.decode()
    worked()
    request.refresh_from_db()
    assert request.outcome == "fulfilled"


def worked() -> None:
    """Work on every job until it rests."""
    for job in Job.objects.filter(state="queued"):
        while running.run(job.pk):
            pass


@pytest.mark.parametrize("done", [False, True])
def test_a_withdrawal_with_a_wish_to_delete_comes_into_the_register(maya: Student, done: bool) -> None:
    """Once for each child, with the day that the guardian was told; one that is done already is closed."""
    mother = families.guardian(maya)
    make.consent(student=maya, parent_email=mother.email)
    withdrawn = take_back(
        guardian=mother,
        chosen={maya.pk: [ConsentType.SERVICE]},
        delete_data=True,
        way=WithdrawalWay.LINK,
        by=factory.BY,
        now=now(),
    )
    assert withdrawn
    if done:
        make.change(CoppaCompliance.objects.get(), deletion_completed_at=now() + timedelta(days=1))
    assert [note_withdrawals(by=factory.BY, now=now()) for _ in range(2)] == [1, 0]
    assert note_age_records(by=factory.BY, now=now()) == 0
    request = RightsRequest.objects.get()
    assert (request.kind, request.guardian, request.due_at) == ("delete", mother, withdrawn.due_at)
    assert request.is_open is not done
    assert AuditLog.objects.filter(event_type="request.deletion_received").count() == 1


def test_the_guardian_sees_that_it_was_done(maya: Student) -> None:
    """On the page of their own answers, where the child's name is gone."""
    mother = families.guardian(maya)
    make.consent(student=maya, parent_email=mother.email)
    way: dict[str, Any] = {"delete_data": True, "way": WithdrawalWay.LINK, "by": factory.BY, "now": now()}
    take_back(guardian=mother, chosen={maya.pk: [ConsentType.SERVICE]}, **way)
    note_withdrawals(by=factory.BY, now=now())
    assert deletions.done(maya, RightsRequest.objects.get()).stop == {}
    own = own_answers(mother, now())
    assert own
    assert [(child.name, child.deleted_at) for child in own.children] == [("Your child", now())]


def test_what_another_service_asks_to_delete_comes_into_the_register(office: Client, maya: Student) -> None:
    """Once; after a refusal only when it is asked anew."""
    record = make.coppa(student=maya, deletion_requested_at=now() - timedelta(days=2))
    assert [note_age_records(by=factory.BY, now=now()) for _ in range(2)] == [1, 0]
    request = RightsRequest.objects.get()
    assert (request.asked_by, request.clock, request.due_at.date()) == ("service", "coppa", date(2025, 4, 2))
    office.post(f"/requests/{request.pk}/close/", {"outcome": "refused", "answer": "A mistake"})
    assert note_age_records(by=factory.BY, now=now()) == 0
    make.change(record, deletion_requested_at=now() + timedelta(days=1))
    assert note_age_records(by=factory.BY, now=now()) == 1
