"""Siblings, two guardians, court orders, unknown authority: who is asked and whose answer counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, RetentionPolicy, School, Student
from consent.actions.ask import ask_for_consent
from consent.actions.withdraw import withdraw
from consent.models import Answer, Guardian, Guardianship, Invitation
from consent.notices.texts import NoticeIncomplete
from consent.queries.circumstances import circumstances_of
from consent.queries.rows import consents_of, facts_of
from consent.rules.asking import Skip
from consent.rules.effective import effective
from consent.vocabulary import ConsentType, EffectiveStatus
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, field_of, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def status(student: Student, kind: ConsentType = ConsentType.SERVICE) -> EffectiveStatus:
    """Return what the rules say about a student now."""
    about = circumstances_of({student.id: student.school_id}, now())[student.id]
    return effective(facts_of(consents_of([student.id])[student.id]), kind, about, now()).status


def confirmed(parent: Parent, *children: Student, **given: str) -> None:
    """Answer the newest invitation and confirm it."""
    parent.answer(parent.link(), answers_for(*children, **given))
    parent.post(parent.link("/c/v/"), {})


def test_siblings_come_in_one_mail_and_are_answered_child_by_child(school: School, child: Student) -> None:
    """One invitation for two children; each gets their own answer."""
    brother = make.student(school=school, display_name="Leo Lopez")
    parent = Parent(families.guardian(child, brother))
    asked = ask(school, child, brother)
    assert (len(asked.invitation_ids), asked.children) == (1, 2)
    assert parent.letters()[0].subject.endswith("Ana, Leo")
    said = answers_for(child) | answers_for(brother, service="no", audio="", ai="", third_party="")
    parent.answer(parent.link(), said)
    parent.post(parent.link("/c/v/"), {})
    assert reloaded(child).has_parental_consent
    assert not reloaded(brother).has_parental_consent
    assert status(brother) is EffectiveStatus.REFUSED


def test_a_mail_and_a_page_name_no_surname_and_no_other_guardian(school: School, child: Student) -> None:
    """What one guardian gets holds neither the child's surname nor the other guardian's contact."""
    mother, father = Parent(families.guardian(child)), families.guardian(child, name="Bo Secret")
    ask(school, child)
    letter = mother.letters()[0]
    page = mother.get(mother.link()).content.decode()
    for text in (str(letter.body), str(letter.alternatives[0][0]), page, letter.subject):
        assert "Lopez" not in text
        assert father.email not in text
        assert "Secret" not in text


def test_two_guardians_who_disagree_are_a_conflict(school: School, child: Student) -> None:
    """A later no beside a yes takes the flags away at once, and the log says so."""
    mother, father = Parent(families.guardian(child)), Parent(families.guardian(child))
    ask(school, child)
    confirmed(mother, child)
    assert reloaded(child).audio_recording_consent
    father.answer(father.link(), answers_for(child, audio="no", ai=""))
    student = reloaded(child)
    assert (student.has_parental_consent, student.audio_recording_consent) == (True, False)
    assert status(child, ConsentType.AUDIO) is EffectiveStatus.CONFLICT
    flagged = AuditLog.objects.get(event_type="consent.conflict_flagged")
    assert "audio_recording" in (flagged.data_accessed or "")


def test_a_yes_after_the_other_guardians_no_raises_nothing(school: School, child: Student) -> None:
    """Verification of one guardian cannot lift the other's refusal."""
    mother, father = Parent(families.guardian(child)), Parent(families.guardian(child))
    ask(school, child)
    father.answer(father.link(), answers_for(child, service="no", audio="", ai="", third_party=""))
    confirmed(mother, child)
    student = reloaded(child)
    assert (student.has_parental_consent, student.audio_recording_consent) == (False, False)
    assert status(child) is EffectiveStatus.CONFLICT


def test_who_is_not_asked_is_counted_by_reason(school: School, child: Student) -> None:
    """Court orders, unknown authority and missing addresses are skipped and named; the others are asked."""
    families.guardian(child)
    families.guardian(child, restricted=True)
    families.guardian(child, restricted_at=now())
    families.guardian(child, relationship="")
    families.guardian(child, email="")
    alone = make.student(school=school)
    asked = ask(school, child, alone)
    assert (len(asked.invitation_ids), asked.without_guardian) == (1, 1)
    assert asked.skipped == {Skip.RESTRICTED: 2, Skip.UNKNOWN_AUTHORITY: 1, Skip.NO_ADDRESS: 1}
    again = ask(school, child)
    assert (again.invitation_ids, again.skipped[Skip.OUTSTANDING]) == ((), 1)


def test_no_mail_goes_to_a_mailbox_that_a_barred_guardian_reads_too(school: School, child: Student) -> None:
    """The other parent at the same address is left out for this child, and is asked about one without an order."""
    brother = make.student(school=school, display_name="Leo Lopez")
    families.guardian(child, email="home@home.example", restricted=True)
    mother = families.guardian(child, brother, email="Home@home.example")
    asked = ask(school, child, brother)
    assert asked.skipped == {Skip.RESTRICTED: 2}
    assert [one.guardian_id for one in Invitation.objects.all()] == [mother.id]
    assert asked.children == 1


def test_another_schools_student_is_not_asked_about(school: School, child: Student) -> None:
    """Ids of another school, or of students who left, are as good as none."""
    stranger, left = make.student(), make.student(school=school, status="inactive")
    families.guardian(stranger)
    families.guardian(left)
    asked = ask(school, stranger, left)
    assert (asked.invitation_ids, asked.children, asked.skipped) == ((), 0, {})


def test_a_guardian_under_a_new_court_order_loses_page_and_child(school: School, child: Student) -> None:
    """An order about one child takes that child from the page; their row counts for nothing."""
    brother = make.student(school=school, display_name="Leo Lopez")
    parent = Parent(families.guardian(child, brother))
    ask(school, child, brother)
    page = parent.link()
    Guardianship.objects.filter(student_id=child.id).update(restricted=True)
    shown = parent.get(page).content.decode()
    assert "Leo" in shown
    assert "Ana" not in shown
    confirmed(parent, brother)
    assert not ParentalConsent.objects.filter(student=child).exists()
    assert reloaded(brother).has_parental_consent
    Guardianship.objects.update(restricted=True)
    assert status(brother) is EffectiveStatus.NOT_ASKED


def test_a_court_order_stops_a_mail_that_waits(school: School, child: Student) -> None:
    """An order that comes between asking and sending keeps the mail back."""
    parent = Parent(families.guardian(child))
    ask_for_consent(school_id=school.id, student_ids=[child.id], by=ADMIN, now=now())
    Guardianship.objects.update(restricted=True)
    assert parent.letters() == []
    assert Invitation.objects.get().sent_at is None
    assert not AuditLog.objects.filter(event_type="notice.sent").exists()


def test_long_and_odd_names_still_make_one_subject_line(school: School) -> None:
    """Names with control characters, and many long ones, never stop the mail."""
    children = [make.student(school=school, display_name=f"{'Ana' * 30}{n}\x07\r\n Lopez") for n in range(5)]
    parent = Parent(families.guardian(*children))
    ask(school, *children)
    letter = parent.letters()[0]
    assert len(letter.subject) < 200
    assert all(f"{'Ana' * 30}{n}" in str(letter.body) for n in range(5))


def test_an_adult_student_is_not_asked_through_a_parent(school: School) -> None:
    """At 18 the parents' part ends."""
    adult = make.student(school=school)
    make.coppa(student=adult, birth_year=now().year - 19)
    families.guardian(adult)
    assert ask(school, adult).skipped == {Skip.ADULT: 1}


def test_a_changed_mind_ends_the_old_rows_when_it_counts(school: School, child: Student) -> None:
    """A renewal leaves the old yes in force until it is confirmed; a no ends it at once."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    confirmed(parent, child, third_party="no")
    first = set(ParentalConsent.objects.values_list("id", flat=True))
    with time_machine.travel(now() + timedelta(days=340), tick=True):
        invitation = Invitation.objects.get()
        Answer.objects.update(expires_at=now() - timedelta(days=1))  # so that the office may ask again
        ask(school, child)
        assert Invitation.objects.exclude(pk=invitation.pk).count() == 1
        parent.answer(parent.link(), answers_for(child, third_party="no"))
        old = ParentalConsent.objects.filter(id__in=first)
        assert {row.consent_type for row in old if row.revoked_at} == {"third_party_disclosure"}
        assert reloaded(child).audio_recording_consent
        parent.post(parent.link("/c/v/"), {})
        assert all(row.revoked_at for row in ParentalConsent.objects.filter(id__in=first))
        assert reloaded(child).audio_recording_consent
    assert ParentalConsent.objects.count() == 8


def test_a_withdrawal_takes_effect_at_once_with_all_that_rests_on_it(school: School, child: Student) -> None:
    """Withdrawing recording ends AI analysis too; taking part stays; a second call changes nothing."""
    guardian = families.guardian(child)
    parent = Parent(guardian)
    ask(school, child)
    confirmed(parent, child, third_party="no")
    actor = Actor(guardian.id, ActorType.PARENT)
    given = {"guardian": guardian, "student_id": child.id, "signer_name": "María", "relationship": "mother"}
    ended = withdraw(**given, types=[ConsentType.AUDIO], by=actor, now=now())  # type: ignore[arg-type]
    assert set(ended) == {ConsentType.AUDIO, ConsentType.AI}
    student = reloaded(child)
    assert (student.has_parental_consent, student.audio_recording_consent) == (True, False)
    assert status(child, ConsentType.AUDIO) is EffectiveStatus.REFUSED
    old = ParentalConsent.objects.get(consent_type="audio_recording", consent_given=True)
    assert old.revoked_at
    assert old.verified_at
    assert AuditLog.objects.filter(event_type="consent.revoked").count() == 1
    assert withdraw(**given, types=[ConsentType.AUDIO], by=actor, now=now()) == ()  # type: ignore[arg-type]


def test_another_services_row_of_the_same_address_ends_with_a_no(school: School, child: Student) -> None:
    """Rows that the portal did not write belong to the guardian with their address."""
    guardian = families.guardian(child, email="Maria@home.example")
    foreign = make.consent(student=child, parent_email="maria@HOME.example", consent_type="audio_recording")
    stranger = make.consent(student=child, parent_email="other@home.example", consent_type="audio_recording")
    parent = Parent(guardian)
    ask(school, child)
    parent.answer(parent.link(), answers_for(child, audio="no", ai=""))
    assert ParentalConsent.objects.get(pk=foreign.pk).revoked_at
    assert not ParentalConsent.objects.get(pk=stranger.pk).revoked_at
    assert status(child, ConsentType.AUDIO) is EffectiveStatus.CONFLICT


@pytest.mark.parametrize("days", [0, -1, 99999])
def test_a_period_without_end_blocks_sending_and_is_named(school: School, child: Student, days: int) -> None:
    """Nothing is sent or written while the school's policy is no period (312.10)."""
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=days, delete_after_days=days)
    families.guardian(child)
    with pytest.raises(NoticeIncomplete) as refused:
        ask(school, child)
    assert refused.value.slots == ("keep_audio",)
    assert not Invitation.objects.exists()
    assert RetentionPolicy.objects.exists()


def test_a_school_without_contact_blocks_sending() -> None:
    """The notice names what is missing."""
    school = make.school(admin_email="")
    child = make.student(school=school)
    families.guardian(child)
    with pytest.raises(NoticeIncomplete) as refused:
        ask_for_consent(school_id=school.id, student_ids=[child.id], by=ADMIN, now=now())
    assert refused.value.slots == ("contact",)


def test_a_child_without_a_name_keeps_nobody_else_from_being_asked(school: School, child: Student) -> None:
    """No mail could say whom it is about; a brother and the rest of the school are asked."""
    nameless = make.student(school=school, display_name="Lopez,")
    mother = families.guardian(child, nameless)
    asked = ask(school, child, nameless)
    assert (asked.children, asked.skipped) == (1, {Skip.NO_NAME: 1})
    assert "Lopez" not in str(Parent(mother).letters()[0].body)


def test_where_a_mail_is_not_enough_the_school_calls(school: School, child: Student, settings: object) -> None:
    """Under 13 and beyond internal operations no mail verifies; nothing is said to be confirmed by one."""
    settings.CONSENT_INTERNAL_OPERATIONS_ONLY = False  # type: ignore[attr-defined]
    parent = Parent(families.guardian(child))
    ask(school, child)
    thanks = parent.answer(parent.link(), answers_for(child), follow=True).content.decode()
    assert "stronger check" in thanks
    assert "One more step" not in thanks
    assert "The school will contact you" in str(parent.letters()[-1].body)
    assert not reloaded(child).has_parental_consent


def test_a_statement_that_ends_before_the_second_step_stops_it(
    school: School, child: Student, settings: object
) -> None:
    """The rule is asked again at the second step: a link mailed before proves nothing afterwards."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child))
    confirm = parent.link("/c/v/")
    settings.CONSENT_INTERNAL_OPERATIONS_ONLY = False  # type: ignore[attr-defined]
    done = parent.post(confirm, {}, follow=True).content.decode()
    assert "The school will contact you" in done
    assert not reloaded(child).has_parental_consent
    assert not ParentalConsent.objects.filter(verified_at__isnull=False).exists()


def test_each_child_and_question_has_a_field_of_its_own(school: School, child: Student) -> None:
    """Field names tell no student id."""
    assert child.id not in field_of(ConsentType.SERVICE, child)
    assert Guardian.objects.count() == 0
