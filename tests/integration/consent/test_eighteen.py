"""The 18th birthday: parents' rights pass to the student, who is asked; a wrong age gives them back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions import birthdays
from consent.models import (
    AdultConfirmation,
    Guardian,
    Guardianship,
    Invitation,
    InvitationChild,
    NotInvited,
    RightsTransfer,
)
from consent.queries.printing import sheets_for
from consent.queries.worklist import worklist
from consent.rules.worklist import Matter
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, events_about, record_of, reloaded
from tests.integration.consent.test_birthdays import BY, OPEN, check, years_ago
from tests.integration.consent.test_paper import CODE, form_for, type_in, words

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=False),
    pytest.mark.usefixtures("frozen_now"),
]


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
        assert events_about(adult)["rights.transferred"] == 1
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

    def test_without_an_address_the_office_asks_on_paper(self, school: School, office: Client) -> None:
        """The form speaks to the student; what they signed counts, and nothing waits on the worklist any more."""
        student = make.student(school=school, display_name="Ana Lopez", email=None)
        make.coppa(student=student, birth_year=years_ago(19), is_under_13=False)
        mother = families.guardian(student)
        check(student)
        assert [line.student_id for line in worklist(now()).items[Matter.ADULT]] == [student.id]
        contact = Guardianship.objects.get(student_id=student.pk, relationship="self").guardian
        assert [sheet.wanted.guardian for sheet in sheets_for([contact.id, mother.id], now())] == [contact]
        printed = words(office.post(reverse("paper-student", args=[student.id])).content)
        assert "Do you want to take part in ClassWaves?" in printed
        assert "Legal guardian" not in printed
        found = CODE.search(printed)
        assert found
        page = type_in(office, found.group(1))
        signed = form_for(student) | {"signer_name": "Ana Lopez", "relationship": "self"}
        office.post(page.request["PATH_INFO"], signed | {"shown": page.context["form"].digest})
        delivery.deliver()
        assert reloaded(student).audio_recording_consent
        assert not worklist(now()).items[Matter.ADULT]
        check(student)
        assert not Invitation.objects.exists()

    def test_an_address_that_the_office_states_is_asked(self, school: School) -> None:
        """The roster has none; the next night asks at the one that the student gave the office."""
        student = make.student(school=school, email=None)
        make.coppa(student=student, birth_year=years_ago(19), is_under_13=False)
        check(student)
        Guardianship.objects.get(student_id=student.pk).guardian.move_to("ana@home.example", now=now())
        check(student)
        assert RightsTransfer.objects.get(student_id=student.pk).invited_at

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
