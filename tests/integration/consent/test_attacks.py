"""What an attacker, a messy row of another service or an unlucky moment must not do to a consent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import ParentalConsent, School, Student
from consent.actions.answer import record_answers
from consent.actions.send_again import send_again, send_fresh_links
from consent.actions.verify import verify_answers
from consent.models import Answer, Guardianship, Invitation, Link
from consent.models.links import Purpose
from consent.queries.answer_page import answer_page
from consent.queries.circumstances import circumstances_of
from consent.rules.sending_again import MOST_A_DAY, PAUSE
from consent.vocabulary import ASKED_TYPES, ConsentType, VerificationMethod
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

STRANGER = Actor("guardian", ActorType.PARENT, "192.0.2.9")


def _change(row: School | Student, **values: object) -> None:
    """Change a row as another service does."""
    with guard.writing():
        type(row)._base_manager.filter(pk=row.pk).update(**values)


def test_a_school_that_loses_its_contact_loses_no_answer(school: School, child: Student) -> None:
    """The second step and the receipt go out though another service emptied the school's row meanwhile."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child))
    _change(school, name="\x07Harbour", admin_email="office\x07@harbour.example")
    assert parent.post(parent.link("/c/v/"), {}).status_code == 302
    assert reloaded(child).audio_recording_consent
    assert len(parent.letters()) == MOST_A_DAY - 1


def test_control_characters_and_endless_names_break_no_mail(school: School, child: Student) -> None:
    """Names of other services' rows are made fit for a mail; the request still goes out."""
    _change(school, name="Harbour\x07 " + "School " * 60)
    _change(child, display_name="Ana\x1b[31m Lopez")
    parent = Parent(families.guardian(child))
    ask(school, child)
    (letter,) = parent.letters()
    assert "Harbour School" in letter.subject
    assert "\x1b" not in str(letter.body)


def test_one_bad_address_keeps_nobody_else_from_being_asked(school: School, child: Student) -> None:
    """A guardian whose address is none is left out and counted."""
    families.guardian(child, email="not an address")
    parent = Parent(families.guardian(child))
    ask(school, child)
    assert len(parent.letters()) == 1


def test_nobody_fills_an_inbox_nor_gathers_codes(
    school: School, child: Student, frozen_now: time_machine.Traveller
) -> None:
    """A stranger gets a parent a few mails a day, not one every ten minutes; the office is not held up."""
    guardian = families.guardian(child)
    ask(school, child)
    sent = 0
    for _ in range(20):
        frozen_now.shift(PAUSE + timedelta(seconds=1))
        sent += send_fresh_links(address=guardian.email, by=STRANGER, now=now())
    assert sent == 3
    frozen_now.shift(PAUSE + timedelta(seconds=1))
    assert send_again(invitation_id=Invitation.objects.get().id, by=ADMIN, now=now()) is None
    frozen_now.shift(timedelta(days=1))
    assert send_fresh_links(address=guardian.email, by=STRANGER, now=now()) == 1


def test_a_court_order_between_answer_and_second_step_verifies_nothing(school: School, child: Student) -> None:
    """An order about one child removes the guardian from that child, also behind a link in the inbox."""
    other = make.student(school=school, display_name="Ben Lopez")
    make.coppa(student=other, birth_year=now().year - 8)
    parent = Parent(families.guardian(child, other))
    ask(school, child, other)
    parent.answer(parent.link(), answers_for(child, other))
    link = parent.link("/c/v/")
    Guardianship.objects.filter(student_id=child.id).update(restricted=True)
    assert "Ana" not in parent.get(link).content.decode()
    parent.post(link, {})
    assert not ParentalConsent.objects.filter(student_id=child.id, verified_at__isnull=False).exists()
    assert reloaded(other).has_parental_consent
    assert not reloaded(child).has_parental_consent


def test_a_tie_that_has_ended_answers_nothing(school: School, child: Student) -> None:
    """Someone whom the roster takes away from the child after the mail went out neither sees nor answers."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    link = parent.link()
    Guardianship.objects.all().delete()
    page = parent.get(link)
    assert page.status_code == 410
    assert "Ana" not in page.content.decode()
    parent.answer(link, answers_for(child))
    assert not Answer.objects.exists()


@pytest.mark.parametrize("word", ["self_reported", "student", "unknown", None, ""])
def test_a_students_own_word_about_age_counts_for_nothing(child: Student, word: str | None) -> None:
    """An age that the school has not attested leaves the child under 13, and never an adult."""
    student = make.student(school=School.objects.get())
    make.coppa(student=student, birth_year=now().year - 25, age_verification_method=word)
    about = circumstances_of({student.id: student.school_id}, now())[student.id]
    assert (about.under_13, about.adult) == (True, False)


def test_a_shared_mailbox_does_not_undo_the_other_guardians_no(school: School, child: Student) -> None:
    """A refusal of another service under an address that two guardians share belongs to neither of them."""
    mother = families.guardian(child, email="family@home.example", name="Rosa Lopez")
    families.guardian(child, email="family@home.example", name="Juan Lopez", relationship="father")
    make.consent(
        student=child,
        consent_type=ConsentType.AUDIO.value,
        consent_given=False,
        parent_name="Juan Lopez",
        parent_email="family@home.example",
        consent_date=now() - timedelta(days=3),
        verified_at=None,
        verification_method=VerificationMethod.UNVERIFIED.value,
    )
    ask(school, child)
    invitation = Invitation.objects.get(guardian=mother)
    by = Actor(mother.id, ActorType.PARENT, "192.0.2.1")
    record_answers(
        page=answer_page(invitation, "en"),
        answers={child.id: dict.fromkeys(ASKED_TYPES, True)},
        signer_name="Rosa Lopez",
        relationship="mother",
        by=by,
        now=now(),
    )
    deliver_due()
    verify_answers(link=Link.objects.get(invitation=invitation, purpose=Purpose.VERIFY), by=by, now=now())
    assert not ParentalConsent.objects.get(parent_name="Juan Lopez").revoked_at
    assert not reloaded(child).audio_recording_consent


@pytest.mark.parametrize(
    "claims",
    [
        lambda n: {"REMOTE_ADDR": f"2001:db8:1:2:{n:x}::{n:x}"},  # one household has 2^64 addresses
        lambda n: {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": f"198.51.100.{n}"},
        lambda n: {"REMOTE_ADDR": ("192.0.2.7", "::ffff:192.0.2.7")[n % 2]},
    ],
    ids=["own network", "forged header", "two spellings"],
)
def test_changing_addresses_evades_no_limit(claims: Callable[[int], dict[str, str]]) -> None:
    """Tries count for the network that they come from; a header that nobody vouches for counts for nothing."""
    browser = Client()
    statuses = [
        browser.post("/c/fresh/", {"address": "rosa@home.example"}, **claims(number)).status_code  # type: ignore[arg-type]
        for number in range(12)
    ]
    assert statuses == [302] * 10 + [429] * 2
