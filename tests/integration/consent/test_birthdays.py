"""The nightly check: who turned 13 or 18, who must be limited, and what is never switched on by itself."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions import birthdays, nightly
from consent.actions.changes import changes_for, lower_flags
from consent.actions.withdraw import withdraw
from consent.models import (
    AdultConfirmation,
    Guardian,
    Guardianship,
    Invitation,
    InvitationChild,
    NotInvited,
    RightsTransfer,
)
from consent.queries.circumstances import circumstances_of
from consent.rules.limits import LIMITS
from consent.tasks import birthdays as task
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, reloaded

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=False),
    pytest.mark.usefixtures("frozen_now"),
]
BY = system("consent")
OPEN = dict.fromkeys(LIMITS, False)


def years_ago(years: int) -> int:
    """Return the birth year of someone who has this birthday this year."""
    return now().year - years


def check(*students: Student, at: datetime | None = None) -> int:
    """Run the check over these students as the catalog has them."""
    done = birthdays.keep_birthdays(students=[reloaded(one) for one in students], by=BY, now=at or now())
    delivery.deliver()
    return done


def record_of(student: Student) -> CoppaCompliance:
    """Return the age record once everything has arrived in the catalog."""
    delivery.deliver()
    return CoppaCompliance.objects.get(student_id=student.pk)


def events(student: Student) -> Counter[str]:
    """Return how often each event about the student stands in the log."""
    delivery.deliver()
    return Counter(AuditLog.objects.filter(resource_id=student.pk).values_list("event_type", flat=True))


def limits(record: CoppaCompliance) -> set[str]:
    """Return the limits that stand."""
    return {name for name in LIMITS if getattr(record, name)}


class TestThirteen:
    """The 13th birthday."""

    def test_the_flag_turns_and_nothing_is_switched_on(self, school: School) -> None:
        """In the year after, the record says 13 or over; every limit and the rest of the record stay."""
        student = make.student(school=school)
        make.coppa(student=student, birth_year=years_ago(14), is_under_13=True)
        before = record_of(student)
        assert check(student) == 1
        after = record_of(student)
        assert after.is_under_13 is False
        assert limits(after) == set(LIMITS)
        same = {"birth_year", "age_verification_method", "auto_delete_enabled", "delete_after_days", "created_at"}
        assert all(getattr(before, name) == getattr(after, name) for name in same)
        assert not reloaded(student).has_parental_consent
        (row,) = AuditLog.objects.filter(event_type="coppa.status_changed", resource_id=student.pk)
        assert json.loads(row.data_accessed or "") == {"under_13": False}
        assert row.school_id == school.id

    def test_in_the_year_of_the_birthday_the_child_is_still_under_13(self, school: School) -> None:
        """Only the year is known, so 31 December decides."""
        student = make.student(school=school)
        make.coppa(student=student, birth_year=years_ago(13), is_under_13=True)
        assert check(student) == 0
        assert record_of(student).is_under_13 is True

    @pytest.mark.parametrize(
        ("moment", "under_13"),
        [
            (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), True),
            (datetime(2026, 1, 1, 11, 59, tzinfo=UTC), True),
            (datetime(2026, 1, 1, 12, 0, tzinfo=UTC), False),
        ],
    )
    def test_the_year_turns_once_it_has_turned_everywhere(
        self, school: School, moment: datetime, under_13: bool
    ) -> None:
        """No school on earth is still in the old year when a child of 2012 counts as 13."""
        student = make.student(school=school)
        make.coppa(student=student, birth_year=2012, is_under_13=True)
        check(student, at=moment)
        assert record_of(student).is_under_13 is under_13

    def test_a_flag_that_says_13_too_early_is_taken_back_and_the_child_limited(self, school: School) -> None:
        """Another service wrote false: under 13 again, and without consent limited at once."""
        student = make.student(school=school)
        make.coppa(student=student, birth_year=years_ago(9), is_under_13=False, **OPEN)
        check(student)
        assert record_of(student).is_under_13 is True
        assert limits(record_of(student)) == set(LIMITS)


@pytest.mark.parametrize("year", [0, -7, 3000, 1970, None])
def test_nonsense_of_other_services_is_a_child_under_13(school: School, year: int | None) -> None:
    """Year 0 is not an adult of two thousand years."""
    student = make.student(school=school)
    make.coppa(student=student, birth_year=year, is_under_13=False, **OPEN)
    check(student)
    assert record_of(student).is_under_13 is True
    assert limits(record_of(student)) == set(LIMITS)
    assert not RightsTransfer.objects.exists()


def test_two_records_that_disagree_end_alike(school: School) -> None:
    """The later one counts, and both say what follows from it; which one counts does not change by that."""
    student = make.student(school=school)
    old, new = now() - timedelta(days=9), now() - timedelta(days=1)
    make.coppa(student=student, birth_year=years_ago(15), is_under_13=False, updated_at=old, **OPEN)
    make.coppa(student=student, birth_year=years_ago(9), is_under_13=True, updated_at=new, **OPEN)
    check(student)
    rows = list(CoppaCompliance.objects.filter(student_id=student.pk))
    assert [row.is_under_13 for row in rows] == [True, True]
    assert [limits(row) for row in rows] == [set(LIMITS), set(LIMITS)]
    assert circumstances_of([student.pk], now())[student.pk].under_13
    assert check(student) == 0


class TestLimits:
    """An under-13 without a parent's verified consent is limited."""

    def child(self, school: School, **given: Any) -> Student:
        """Save a child of nine whose limits somebody lifted."""
        student = make.student(school=school, display_name="Ana Lopez")
        make.coppa(student=student, birth_year=years_ago(9), **(OPEN | given))
        return student

    def test_with_consent_only_sharing_stays_closed(self, school: School) -> None:
        """Taking part opens collection; sharing has a consent of its own (312.5(a)(2))."""
        student = self.child(school)
        families.consents(student)
        check(student)
        assert limits(record_of(student)) == {"no_third_party_sharing"}

    def test_a_new_student_without_a_record_gets_one_with_every_limit(self, school: School) -> None:
        """Nothing is known of the age: under 13, limited, listed."""
        student = make.student(school=school)
        check(student)
        record = record_of(student)
        assert (record.is_under_13, record.birth_year, limits(record)) == (True, None, set(LIMITS))
        assert check(student) == 0

    def test_an_expired_consent_limits_in_the_next_night(self, school: School) -> None:
        """The consent ran out yesterday."""
        student = self.child(school)
        families.consents(student, expires_at=now() - timedelta(days=1))
        check(student)
        assert limits(record_of(student)) == set(LIMITS)
        (row,) = AuditLog.objects.filter(event_type="coppa.status_changed", resource_id=student.pk)
        assert json.loads(row.data_accessed or "") == {"limited": list(LIMITS), "why": "no_verified_consent"}

    def test_the_job_that_lowers_flags_limits_in_the_same_action(self, school: School) -> None:
        """Whoever ends a consent calls lower_flags, and that limits too."""
        student = self.child(school)
        families.consents(student, expires_at=now() - timedelta(days=1))
        with transaction.atomic():
            lower_flags(changes_for([student.pk], now())[student.pk], now=now())
        delivery.deliver()
        assert limits(record_of(student)) == set(LIMITS)

    def test_a_refusal_limits_at_once(self, school: School) -> None:
        """A no of the parent closes what somebody had opened."""
        student = self.child(school, data_collection_limited=True)
        parent = Parent(families.guardian(student))
        ask(school, student)
        parent.answer(parent.link(), answers_for(student, service="no", audio="", ai="", third_party=""))
        assert limits(record_of(student)) == set(LIMITS)

    def test_a_withdrawal_limits_at_once(self, school: School) -> None:
        """Flags and limits turn in the action that ends the consent."""
        student = self.child(school)
        guardian = families.guardian(student)
        families.consents(student, parent_email=guardian.email)
        withdraw(
            guardian=guardian,
            student_id=student.pk,
            types=[ConsentType.SERVICE],
            signer_name="Mother",
            relationship="mother",
            by=ADMIN,
            now=now(),
        )
        delivery.deliver()
        assert limits(record_of(student)) == set(LIMITS)

    def test_a_confirmed_consent_lifts_nothing_by_itself(self, school: School) -> None:
        """Staff alone lift a limit."""
        student = self.child(school)
        make_limits(student)
        parent = Parent(families.guardian(student))
        ask(school, student)
        parent.answer(parent.link(), answers_for(student, third_party="no"))
        parent.post(parent.link("/c/v/"), {})
        delivery.deliver()
        assert reloaded(student).has_parental_consent
        assert limits(record_of(student)) == set(LIMITS)


def make_limits(student: Student) -> None:
    """Set every limit."""
    with guard.writing():
        CoppaCompliance.objects.filter(student_id=student.pk).update(**dict.fromkeys(LIMITS, True))


@pytest.fixture
def adult(school: School) -> Student:
    """Return a student who turned 18 last year, with an address and a mother who consented."""
    student = make.student(school=school, display_name="Ana Lopez", email="ana@harbour.example")
    make.coppa(student=student, birth_year=years_ago(19), is_under_13=False, **OPEN)
    return student


class TestEighteen:
    """At 18 the rights pass to the student (34 CFR 99.5)."""

    def test_parents_are_suspended_flags_fall_first_and_the_student_is_asked(
        self, school: School, adult: Student
    ) -> None:
        """The first write is the flags; the mother's rows stay as they are; the student gets a mail of their own."""
        mother = families.guardian(adult)
        families.consents(adult, parent_email=mother.email)
        with guard.writing():
            Student.objects.filter(pk=adult.pk).update(has_parental_consent=True, audio_recording_consent=True)
        pending = families.request(mother, adult)
        assert check(adult) == 1
        student = reloaded(adult)
        assert not student.has_parental_consent
        assert not student.audio_recording_consent
        assert not ParentalConsent.objects.filter(revoked_at__isnull=False).exists()
        pending.refresh_from_db()
        assert pending.revoked_at
        assert record_of(adult).parent_access_enabled is False
        assert events(adult)["rights.transferred"] == 1
        deliver_due()
        (letter,) = [one for one in mail.outbox if one.to == ["ana@harbour.example"]]
        assert letter.subject == "Harbour School asks for your consent"
        assert "you are 18 or older" in str(letter.body)
        assert "Ana" not in str(letter.body).split("The notice in full")[0]
        assert RightsTransfer.objects.get(student_id=adult.pk).invited_at

    def test_the_students_own_answers_count(self, school: School, adult: Student) -> None:
        """Answered and confirmed by the student, the flags rise; a parent could not have done it."""
        check(adult)
        contact = Guardianship.objects.get(student_id=adult.pk, relationship="self").guardian
        student = Parent(contact)
        page = student.get(student.link()).content.decode()
        assert "Do you want to take part in ClassWaves?" in page
        assert "no longer your parents" in page
        student.answer(student.link(), answers_for(adult, third_party="no"), relationship="self")
        assert "Record and transcribe my voice: yes" in str(student.letters()[-1].body)
        student.post(student.link("/c/v/"), {})
        delivery.deliver()
        assert reloaded(adult).audio_recording_consent
        rows = ParentalConsent.objects.filter(student_id=adult.pk)
        assert {row.relationship for row in rows} == {"self"}
        assert "what we hold about you" in str(student.letters()[-1].body)
        check(adult)
        assert reloaded(adult).audio_recording_consent

    def test_in_spanish_the_student_is_addressed_too(self, school: School, adult: Student) -> None:
        """The words of the mail and the page exist in Spanish."""
        check(adult)
        Guardian.objects.filter(email=adult.email).update(language="es")
        contact = Guardian.objects.get(email=adult.email)
        Invitation.objects.filter(guardian=contact).update(revoked_at=now())
        ask(school, adult)
        student = Parent(contact)
        assert "ahora decide usted" in str(student.letters()[-1].body)
        page = student.get(student.link()).content.decode()
        assert "¿Quiere participar en ClassWaves?" in page

    def test_a_parents_link_opens_nothing_any_more(self, school: School, adult: Student) -> None:
        """A request that was open about two children goes on without the adult one."""
        brother = make.student(school=school, display_name="Ben Lopez")
        make.coppa(student=brother)
        mother = Parent(families.guardian(adult, brother))
        request = families.request(mother.guardian, adult, brother)
        check(adult)
        request.refresh_from_db()
        assert request.revoked_at is None
        children = InvitationChild.objects.filter(invitation=request).values_list("student_id", flat=True)
        assert list(children) == [brother.pk]
        assert ask(school, adult).skipped == {"adult": 1, "outstanding": 1}

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"email": None}, NotInvited.NO_ADDRESS),
            ({"email": "not an address"}, NotInvited.NO_ADDRESS),
            ({"email": "parent@home.example", "parent_email": "Parent@home.example"}, NotInvited.SHARED_ADDRESS),
            ({"status": "inactive"}, NotInvited.INACTIVE),
        ],
    )
    def test_what_stands_in_the_way_is_noted(self, school: School, given: dict[str, Any], reason: NotInvited) -> None:
        """No address, or one that is a parent's: the rights pass all the same, and the office is told why."""
        student = make.student(school=school, **({"email": "ana@harbour.example"} | given))
        make.coppa(student=student, birth_year=years_ago(19), is_under_13=False)
        check(student)
        transfer = RightsTransfer.objects.get(student_id=student.pk)
        assert (transfer.invited_at, transfer.not_invited) == (None, reason)
        assert not Invitation.objects.exists()

    def test_a_blank_in_the_notice_is_noted_and_tried_again(self) -> None:
        """Without the school's address the notice has a blank; once it is filled the next night asks."""
        school = make.school(admin_email="")
        student = make.student(school=school, display_name="Ana Lopez", email="ana@harbour.example")
        make.coppa(student=student, birth_year=years_ago(19), is_under_13=False)
        check(student)
        assert RightsTransfer.objects.get(student_id=student.pk).not_invited == NotInvited.NOTICE
        assert not Invitation.objects.exists()
        with guard.writing():
            School.objects.filter(pk=school.pk).update(admin_email="office@harbour.example")
        check(student)
        transfer = RightsTransfer.objects.get(student_id=student.pk)
        assert (transfer.invited_at, transfer.not_invited) == (now(), "")

    def test_in_the_year_of_the_birthday_the_schools_word_decides(self, school: School) -> None:
        """Born 18 years ago: a minor, until the school says that the student is 18."""
        student = make.student(school=school)
        make.coppa(student=student, birth_year=years_ago(18), is_under_13=False)
        assert check(student) == 0
        AdultConfirmation.objects.create(school_id=school.id, student_id=student.pk, confirmed_by="teacher-1")
        assert check(student) == 1
        assert RightsTransfer.objects.filter(student_id=student.pk).exists()

    def test_a_corrected_year_gives_the_rights_back(self, school: School, adult: Student) -> None:
        """The mother's consent counts again, the student's own link ends, parents' access waits for staff."""
        families.consents(adult, parent_email=families.guardian(adult).email)
        check(adult)
        contact = Parent(Guardianship.objects.get(student_id=adult.pk, relationship="self").guardian)
        link = contact.link()
        with guard.writing():
            CoppaCompliance.objects.filter(student_id=adult.pk).update(birth_year=years_ago(15))
        check(adult)
        assert not RightsTransfer.objects.exists()
        assert not Guardianship.objects.filter(relationship="self").exists()
        assert contact.get(link).status_code == 410
        assert reloaded(adult).audio_recording_consent
        assert record_of(adult).parent_access_enabled is False

    def test_a_second_night_changes_nothing(self, school: School, adult: Student) -> None:
        """Nothing is asked, written or mailed twice; the second look costs two warehouse queries."""
        families.guardian(adult)
        check(adult)
        deliver_due()
        delivery.deliver()
        sent, logged = len(mail.outbox), AuditLog.objects.count()
        student = reloaded(adult)
        with CaptureQueriesContext(connections["warehouse"]) as queries:
            assert birthdays.keep_birthdays(students=[student], by=BY, now=now()) == 0
        assert len(queries) == 2
        deliver_due()
        assert (len(mail.outbox), AuditLog.objects.count()) == (sent, logged)
        assert not OutboxEntry.objects.exists()


class TestJob:
    """All schools, in portions."""

    def test_every_school_is_checked_once_a_night(self, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
        """A job a school, portion after portion, each student once."""
        monkeypatch.setattr(nightly, "PORTION", 2)
        other = make.school()
        students = [make.student(school=home) for home in (school, school, school, school, school, other)]
        for student in students:
            make.coppa(student=student, birth_year=years_ago(14), is_under_13=True)
        task()
        task()
        jobs = list(Job.objects.filter(kind=nightly.KIND))
        assert {job.school_id for job in jobs} >= {school.id, other.id}
        assert len(jobs) == len({job.school_id for job in jobs})
        for job in jobs:
            while running.run(job.id):
                pass
            job.refresh_from_db()
            assert job.state == State.DONE
            assert job.done == job.total
        assert not any(record_of(student).is_under_13 for student in students)
        assert all(events(student)["coppa.status_changed"] == 1 for student in students)

    def test_a_week_that_was_missed_is_made_up(self, school: School) -> None:
        """What is due follows from the rows, not from the day: a late run does all."""
        student = make.student(school=school)
        make.coppa(student=student, birth_year=2012, is_under_13=True)
        check(student, at=datetime(2026, 1, 9, 12, 15, tzinfo=UTC))
        assert record_of(student).is_under_13 is False
