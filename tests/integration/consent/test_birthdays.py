"""The nightly check: who turned 13 or 18, who must be limited, and what is never switched on by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.actions import birthdays, nightly
from consent.actions.changes import changes_for, lower_flags
from consent.actions.withdraw import withdraw
from consent.models import (
    RightsTransfer,
)
from consent.queries.circumstances import circumstances_of
from consent.rules.limits import LIMITS
from consent.tasks import birthdays as task
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, events_about, record_of, reloaded

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
    assert circumstances_of({student.pk: student.school_id}, now())[student.pk].under_13
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
            lower_flags(changes_for({student.pk: student.school_id}, now())[student.pk], now=now())
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
        assert all(events_about(student)["coppa.status_changed"] == 1 for student in students)

    def test_a_week_that_was_missed_is_made_up(self, school: School) -> None:
        """What is due follows from the rows, not from the day: a late run does all."""
        student = make.student(school=school)
        make.coppa(student=student, birth_year=2012, is_under_13=True)
        check(student, at=datetime(2026, 1, 9, 12, 15, tzinfo=UTC))
        assert record_of(student).is_under_13 is False
