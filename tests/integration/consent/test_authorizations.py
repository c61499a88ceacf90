"""The school authorizes on parents' behalf: rows, no flags, taking back, many as a job, pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.actions import authorize as module
from consent.actions.authorize import NobodyToAuthorize, authorize, revoke_authorization
from consent.models import AuthorizedStudent, NoticeText, SchoolAuthorization
from consent.queries.authorizing import Choice, coverage
from consent.queries.everyone import everyone, histories
from consent.queries.gate import session_gate
from consent.queries.rows import consents_of, facts_of
from consent.rules.authorizing import Chosen, LeftOut
from consent.rules.effective import Circumstances, effective
from consent.vocabulary import ConsentType, EffectiveStatus
from tests.factories import catalog as make
from tests.factories import families, people
from tests.integration.consent.conftest import ADMIN, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]
S, A, SCHOOL = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.SCHOOL_AUTHORIZATION


def decide(school: School, *, chosen: Chosen = Chosen.UNDER_13, **given: Any) -> SchoolAuthorization:
    """Let the school authorize for half a year."""
    choice = Choice(school.id, chosen, **given)
    moment = now()
    return authorize(
        choice=choice, signer_name="Rosa  Rivera", expires_at=moment + timedelta(days=180), by=ADMIN, now=moment
    )


def status(student: Student) -> EffectiveStatus:
    """Return what counts of the school's word about a student, read as pages read."""
    return effective(facts_of(consents_of([student.id])[student.id]), SCHOOL, Circumstances(), now()).status


def children(school: School, number: int) -> list[Student]:
    """Save children under 13."""
    found = [make.student(school=school, grade_level="4") for _ in range(number)]
    for child in found:
        make.coppa(student=child)
    return found


def test_a_row_for_each_child_and_no_flag(school: School) -> None:
    """Relationship and method say whose word it is; the statement is kept; each child has an event."""
    ana, ben = children(school, 2)
    decision = decide(school)
    delivery.deliver()
    rows = {row.student_id: row for row in ParentalConsent.objects.all()}
    assert set(rows) == {ana.id, ben.id}
    row = rows[ana.id]
    assert (row.consent_type, row.relationship, row.verification_method) == (
        "coppa_school_authorization",
        "school_official",
        "school_authorization",
    )
    assert (row.parent_name, row.parent_email, row.expires_at) == ("Rosa Rivera", "", decision.expires_at)
    assert row.consent_text_version == decision.statement_id
    assert "is never shown as one" in NoticeText.objects.get(version=decision.statement_id).text
    for child in (ana, ben):
        flags = reloaded(child)
        assert not any((flags.has_parental_consent, flags.audio_recording_consent, flags.data_sharing_consent))
        assert status(child) is EffectiveStatus.ACTIVE
    events = AuditLog.objects.filter(event_type="consent.school_authorized")
    assert {event.compliance_basis for event in events} == {"COPPA_SCHOOL_AUTH"}
    assert {json.loads(event.affected_student_ids or "")[0] for event in events} == {ana.id, ben.id}


def test_it_opens_no_recording_alone(school: School, settings: Any) -> None:
    """Neither in strict mode nor out of it does the school's word stand for a parent's."""
    (child,) = children(school, 1)
    decide(school)
    delivery.deliver()
    meeting = make.session(school=school)
    make.participant(session=meeting, student=child, group=make.group(session=meeting))
    for strict in (True, False):
        settings.CONSENT_STRICT_AUDIO = strict
        assert not session_gate(meeting.id, now()).gate.all_may_record


@pytest.mark.parametrize("strict", [True, False])
def test_it_never_makes_up_for_a_way_of_verifying_that_is_not_enough(
    school: School, settings: Any, strict: bool
) -> None:
    """A parent's yes by the family portal's login stays unverified under 13, and gate and flags say the same."""
    settings.CONSENT_STRICT_AUDIO = strict
    (child,) = children(school, 1)
    families.consents(child, S, A, verification_method="sis_portal_login")
    meeting = make.session(school=school)
    make.participant(session=meeting, student=child, group=make.group(session=meeting))
    decide(school)
    delivery.deliver()
    assert not session_gate(meeting.id, now()).gate.all_may_record
    assert not reloaded(child).audio_recording_consent


def test_who_is_left_out_and_why(school: School) -> None:
    """13 or over, a parent's no, and who is authorized already; another school's students never."""
    (child,) = children(school, 1)
    make.coppa(student=make.student(school=school), birth_year=now().year - 15)
    refused = children(school, 1)[0]
    families.consents(refused, S, consent_given=False, verified_at=None)
    make.student()  # another school's
    make.student(school=school, status="inactive")
    found = coverage(Choice(school.id, Chosen.UNDER_13), now())
    assert found.student_ids == (child.id,)
    assert found.left_out == {LeftOut.NOT_UNDER_13: 1, LeftOut.PARENT_DECIDED: 1}
    decide(school)
    assert coverage(Choice(school.id, Chosen.UNDER_13), now()).left_out[LeftOut.ALREADY] == 1
    with pytest.raises(NobodyToAuthorize):
        decide(school)


def test_a_grade_and_single_students(school: School) -> None:
    """A grade by any of the words that rosters use for it; ids of another school cover nobody."""
    ana, ben = children(school, 2)
    make.student(school=school, grade_level="5")
    assert set(coverage(Choice(school.id, Chosen.GRADE, grade="4"), now()).student_ids) == {ana.id, ben.id}
    ids = (ana.id, make.student().id)
    assert coverage(Choice(school.id, Chosen.STUDENTS, student_ids=ids), now()).student_ids == (ana.id,)


def test_taken_back_it_counts_no_more_at_once(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everywhere, while the end of the rows is still on its way; the rows stay, and a second time changes nothing."""
    (child,) = children(school, 1)
    decision = decide(school)
    delivery.deliver()
    monkeypatch.setattr(delivery, "deliver", lambda *args, **kwargs: None)
    assert revoke_authorization(authorization_id=decision.id, by=ADMIN, now=now())
    assert status(child) is EffectiveStatus.REVOKED
    (history,) = [rows for _, rows in histories(everyone(now()))]
    assert history[0].revoked_at is not None
    monkeypatch.undo()
    delivery.deliver()
    row = ParentalConsent.objects.get()
    assert row.revoked_at == SchoolAuthorization.objects.get().revoked_at
    assert not revoke_authorization(authorization_id=decision.id, by=ADMIN, now=now())
    assert AuditLog.objects.filter(event_type="consent.revoked", compliance_basis="COPPA_SCHOOL_AUTH").count() == 1


def work() -> Job:
    """Run the newest job to its end."""
    job = Job.objects.order_by("-created_at").first()
    assert job
    while running.run(job.id):
        pass
    return Job.objects.get(pk=job.pk)


def test_many_are_a_job_that_judges_each_again(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portion by portion; a parent who refuses in between is left out; taking back is a job too."""
    monkeypatch.setattr(module, "PORTION", 2)
    five = children(school, 5)
    decision = decide(school)
    assert not AuthorizedStudent.objects.filter(written_at__isnull=False).exists()
    families.consents(five[0], S, consent_given=False, verified_at=None)
    job = work()
    assert (job.state, job.done, job.total) == (State.DONE, 5, 5)
    delivery.deliver()
    assert ParentalConsent.objects.filter(consent_type=SCHOOL.value).count() == 4
    assert AuthorizedStudent.objects.get(student_id=five[0].id).left_out == LeftOut.PARENT_DECIDED
    revoke_authorization(authorization_id=decision.id, by=ADMIN, now=now())
    assert work().state == State.DONE
    delivery.deliver()
    assert ParentalConsent.objects.filter(consent_type=SCHOOL.value, revoked_at=None).count() == 0


def test_a_decision_that_is_taken_back_is_written_no_further(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job that writes stops where it is."""
    monkeypatch.setattr(module, "PORTION", 2)
    children(school, 5)
    decision = decide(school)
    writing = Job.objects.get()
    module.write_portion(job=writing, now=now())
    revoke_authorization(authorization_id=decision.id, by=ADMIN, now=now())
    assert module.write_portion(job=writing, now=now()).finished
    assert AuthorizedStudent.objects.filter(written_at__isnull=False).count() == 2


def test_a_portion_that_was_done_changes_nothing(school: School) -> None:
    """A worker that died after its portion repeats it without harm."""
    children(school, 2)
    decision = decide(school)
    with transaction.atomic():
        assert module._write(decision, by=ADMIN, now=now()) == 0
    delivery.deliver()
    assert ParentalConsent.objects.count() == 2


def office(school: School) -> Client:
    """Return a browser of the school's administrator."""
    browser = Client()
    browser.force_login(people.staff("admin", school=school)[0])
    return browser


def test_the_pages_from_choice_to_taking_back(school: School) -> None:
    """Choose, read the numbers and the statement, sign, look, take back."""
    ana, ben = children(school, 2)
    browser, new = office(school), reverse("authorization-new")
    assert b"No authorizations" in browser.get(reverse("authorization-list")).content
    offered = browser.post(new, {"student": [ana.id]}).content.decode()
    assert "The student chosen in the list" in offered
    choice = {"school": school.id, "chosen": "students", "student": [ana.id]}
    asked = browser.post(new, choice | {"step": "choose"}).content.decode()
    assert "Authorize for 1 student?" in asked
    assert "serves its own operations only" in asked
    assert "opens no recording" in asked
    assert not SchoolAuthorization.objects.exists()
    wrong = browser.post(new, choice | {"step": "sign", "signer_name": "  ", "ends_on": "2020-01-01"})
    assert wrong.status_code == 422
    assert wrong.content.decode().count("usa-error-message") >= 3
    ends = (now() + timedelta(days=30)).date().isoformat()
    signed = {"step": "sign", "signer_name": "Rosa Rivera", "ends_on": ends, "agreed": "on"}
    done = browser.post(new, choice | signed, follow=True)
    page = done.content.decode()
    assert "1 covered" in page
    assert ana.display_name in page
    assert ben.display_name not in page
    delivery.deliver()
    student = browser.get(reverse("student-detail", args=[ana.id])).content.decode()
    assert "the school’s word, not a parent’s" in student
    decision = SchoolAuthorization.objects.get()
    assert decision.expires_at.date() > (now() + timedelta(days=29)).date()
    revoke = reverse("authorization-revoke", args=[decision.id])
    assert b"counts no more from this moment" in browser.get(revoke).content
    assert "Taken back" in browser.post(revoke, follow=True).content.decode()
    assert "Taken back" in browser.get(reverse("authorization-list")).content.decode()
    for again in (browser.get(revoke, follow=True), browser.post(revoke, follow=True)):
        assert "Nothing was changed" in again.content.decode()


@pytest.mark.parametrize("choice", [{"chosen": "grade"}, {"chosen": ""}, {"chosen": "students"}, {"school": "other"}])
def test_a_choice_that_does_not_fit_is_shown_again(school: School, choice: dict[str, str]) -> None:
    """422, and nothing recorded; students are chosen in the list alone."""
    form = {"step": "choose", "school": school.id, "chosen": "under_13"} | choice
    assert office(school).post(reverse("authorization-new"), form).status_code == 422


def test_nobody_left_is_said_and_nothing_signed(school: School) -> None:
    """A choice that covers nobody shows why and offers no signature."""
    make.coppa(student=make.student(school=school), birth_year=now().year - 15)
    page = office(school).post(
        reverse("authorization-new"), {"step": "choose", "school": school.id, "chosen": "under_13"}
    )
    assert b"nobody to authorize for" in page.content
    assert b"1 left out: 13 or over" in page.content
    assert b"signer_name" not in page.content
