"""Reminders of requests without an answer and of answers without their second step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, School, Student
from consent.actions.bounces import note_bounce
from consent.actions.close import close_invitations
from consent.actions.remind import remind_waiting, stop_reminders
from consent.models import Guardian, Guardianship, Invitation, InvitationChild, Link, Reminder
from consent.tasks import remind
from consent.vocabulary import Bounce
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
BY = system("test")


def days_later(days: float) -> time_machine.travel:
    """Move the clock, which goes on from there. The tests begin in the morning of the school's day."""
    return time_machine.travel(clock.now() + timedelta(days=days), tick=True)


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    """Begin in the morning of New York, a few days before summer time."""
    with time_machine.travel("2025-03-04T14:30:00+00:00", tick=True):
        yield


def remind_now() -> int:
    """Remind at this moment."""
    return remind_waiting(by=BY, now=clock.now())


def last_letter() -> mail.EmailMultiAlternatives:
    """Send what waits and return the newest mail."""
    deliver_due()
    letter = mail.outbox[-1]
    assert isinstance(letter, mail.EmailMultiAlternatives)
    return letter


def stop_link() -> str:
    """Return the path that the newest mail's header names."""
    return urlsplit(last_letter().extra_headers["List-Unsubscribe"].strip("<>")).path


def test_a_silent_guardian_is_reminded_three_times_and_then_left_alone(school: School, child: Student) -> None:
    """A week, two and three after the mail, once each however often the worker looks, and audited."""
    families.guardian(child)
    ask(school, child)
    days = []
    for day in range(30):
        with days_later(day):
            for _ in range(3):
                days += [day] * remind_now()
            deliver_due()
    assert days == [7, 14, 21]
    assert [one.number for one in Reminder.objects.order_by("number")] == [1, 2, 3]
    kinds = [row.notification_type for row in NotificationQueue.objects.order_by("created_at")]
    assert kinds == ["consent.invitation"] + ["consent.reminder"] * 3
    events = AuditLog.objects.filter(event_type="consent.requested").order_by("event_timestamp")
    assert [json.loads(one.data_accessed or "{}").get("reminder") for one in events] == [None, 1, 2, 3]
    assert all(one.affected_student_ids == json.dumps([child.id]) for one in events)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_reminder_names_siblings_without_a_surname_and_has_link_and_code_that_work(
    school: School, child: Student, language: str
) -> None:
    """Text and HTML in the guardian's language; the link of the reminder answers, and so does its code."""
    twin = make.student(school=school, display_name="Ben Lopez")
    parent = Parent(families.guardian(child, twin, language=language))
    ask(school, child, twin)
    with days_later(7):
        assert remind_now() == 1
        letter = parent.letters()[-1]
        html = str(letter.alternatives[0][0])
        for text in (str(letter.body), html):
            assert "Ana" in text
            assert "Ben" in text
            assert "Lopez" not in text
            assert parent.link() in text
            assert stop_link() in text
            # 312.4(c)(1)(vii), also where the first mail is long gone
            assert ("we delete your email address" if language == "en" else "borramos su correo electrónico") in text
        assert letter.subject.startswith("Reminder:" if language == "en" else "Recordatorio:")
        assert "<img" not in html
        assert parent.browser.get(parent.link()).status_code == 200
        code = {"address": parent.guardian.email, "code": parent.code()}
        assert parent.post("/c/code/", code).status_code == 302
        parent.answer(parent.link(), answers_for(child, twin))
    assert Invitation.objects.get().answered_at is not None


def test_one_click_in_a_mail_program_stops_the_reminders_of_that_request(school: School, child: Student) -> None:
    """RFC 8058: a POST without cookie or page; the other request of the same school goes on."""
    other = make.student(school=school, display_name="Zoe B.")
    make.coppa(student=other, birth_year=2016)
    families.guardian(child)
    families.guardian(other)
    ask(school, child)
    with days_later(7):
        assert remind_now() == 1
        headers = last_letter().extra_headers
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        path = stop_link()
        answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        ask(school, other)
    assert Client().post(path).status_code == 200, "a second click is no fault"
    with days_later(15):
        assert remind_now() == 1
        assert last_letter().to == [families_address(other)]
    (event,) = AuditLog.objects.filter(event_type="notice.reminders_stopped")
    assert (event.actor_type, event.affected_student_ids) == ("parent", json.dumps([child.id]))


def families_address(child: Student) -> str:
    """Return the address of a child's one guardian."""
    return Guardianship.objects.get(student_id=child.id).guardian.email


def test_a_scanner_that_opens_the_link_stops_nothing(school: School, child: Student) -> None:
    """GET and HEAD show a page with a button; only the button stops, and the request can still be answered."""
    parent = Parent(families.guardian(child, language="es"))
    ask(school, child)
    with days_later(7):
        remind_now()
        path, answer = stop_link(), parent.link()
        browser = Client()
        page = browser.get(path)
        assert browser.head(path).status_code == 200
        assert Invitation.objects.get().reminders_stopped_at is None
        assert "Detener los recordatorios" in page.content.decode()
        assert "Ana" not in page.content.decode()
        assert "No habrá más recordatorios" in browser.post(path).content.decode()
        assert Invitation.objects.get().reminders_stopped_at is not None
        assert parent.browser.get(answer).status_code == 200


def test_a_made_up_link_stops_nothing_and_tells_nothing(school: School, child: Student) -> None:
    """The same page as for any link that is not ours; a link for answering does not stop either."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    answering = parent.link().removeprefix("/c/")
    for path in ("/c/s/made-up/", f"/c/s/{answering}"):
        assert Client().post(path).status_code == 404
    assert Invitation.objects.get().reminders_stopped_at is None


def test_a_stop_link_opens_nothing_else(school: School, child: Student) -> None:
    """The token of the header, which mail programs may keep, neither answers nor confirms."""
    families.guardian(child)
    ask(school, child)
    with days_later(7):
        remind_now()
        token = stop_link().removeprefix("/c/s/")
        assert Client().get(f"/c/{token}").status_code == 404
        assert Client().get(f"/c/v/{token}").status_code == 404
        assert not Link.objects.filter(token_hash__contains=token.strip("/")).exists(), "kept as a hash alone"


def test_the_notice_and_the_mails_about_an_answer_cannot_be_left(school: School, child: Student) -> None:
    """Invitation, second step and receipt carry no List-Unsubscribe."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child))
    parent.post(parent.link("/c/v/"), {})
    letters: list[EmailMessage] = parent.letters()  # type: ignore[assignment]
    assert len(letters) == 3
    assert not any("List-Unsubscribe" in letter.extra_headers for letter in letters)  # type: ignore[attr-defined]


def test_who_answered_without_the_second_step_is_reminded_of_it(school: School, child: Student) -> None:
    """Two and five days after the answer; the link confirms; a confirmed answer is left alone."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child))
    days = []
    for day in range(10):
        with days_later(day):
            days += [day] * remind_now()
            if day == 5:
                assert "counts only after" in str(parent.letters()[-1].body)
                assert stop_link().startswith("/c/s/")
                parent.post(parent.link("/c/v/"), {})
    assert days == [2, 5]
    assert Invitation.objects.get().verified_at is not None


def test_a_no_needs_no_second_step_and_no_reminder(school: School, child: Student) -> None:
    """Who refused is never asked to think again."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child, service="no", audio="no", ai="no", third_party="no"))
    for day in range(30):
        with days_later(day):
            assert remind_now() == 0


@pytest.mark.parametrize("reason", ["called back", "bounced", "court order", "order about the child", "no address"])
def test_nobody_is_reminded_who_must_not_or_cannot_be_written_to(school: School, child: Student, reason: str) -> None:
    """A call back, a bounce, a court order, a blank address."""
    guardian = families.guardian(child)
    ask(school, child)
    if reason == "called back":
        close_invitations(guardian_ids=[guardian.id], now=clock.now())
    elif reason == "bounced":
        note_bounce(guardian_id=guardian.id, code=Bounce.RETURNED, by=ADMIN, now=clock.now())
    elif reason == "court order":
        Guardian.objects.update(restricted_at=clock.now())
    elif reason == "order about the child":
        Guardianship.objects.update(restricted=True)
    else:
        Guardian.objects.update(email="")
    with days_later(8):
        assert remind_now() == 0
    assert OutgoingMail.objects.count() == 1


def test_a_child_who_left_is_not_named_any_more(school: School, child: Student) -> None:
    """A reminder names the children that are still there; for none of them no mail goes."""
    gone = make.student(school=school, display_name="Ben Lopez")
    parent = Parent(families.guardian(child, gone))
    ask(school, child, gone)
    make.change(gone, status="inactive")
    with days_later(7):
        assert remind_now() == 1
        assert "Ben" not in str(parent.letters()[-1].body)
    assert InvitationChild.objects.get().student_id == child.id
    make.change(child, status="inactive")
    with days_later(14):
        assert remind_now() == 0


def test_a_bounce_or_a_stop_that_comes_before_the_mail_leaves_cancels_it(school: School, child: Student) -> None:
    """A reminder that waits for the mail server does not go out against a wish of today."""
    guardian = families.guardian(child)
    ask(school, child)
    with days_later(7):
        remind_now()
        note_bounce(guardian_id=guardian.id, code=Bounce.COMPLAINT, by=ADMIN, now=clock.now())
        deliver_due()
    waiting = OutgoingMail.objects.get(kind="consent.reminder")
    assert (waiting.state, waiting.failure_reason, waiting.address) == ("cancelled", "bounced", "")


def test_the_settings_say_when_and_how_many(school: School, child: Student, settings: Settings) -> None:
    """One reminder on the third day, at no hour before noon; none at all where the list is empty."""
    settings.CONSENT_REMINDER_DAYS, settings.CONSENT_REMINDER_HOUR = (3,), 12
    families.guardian(child)
    ask(school, child)
    with days_later(3):
        assert remind_now() == 0
    with days_later(3.2):
        settings.CONSENT_REMINDER_DAYS = ()
        assert remind_now() == 0
        settings.CONSENT_REMINDER_DAYS = (3,)
        assert remind_now() == 1


def test_the_task_reminds_in_every_school(school: School, child: Student) -> None:
    """The worker's task does the same for two schools in two time zones."""
    west = make.school(name="Pacific School", domain="pacific.example")
    make.setting(school=west, key="timezone", value="America/Los_Angeles")
    other = make.student(school=west, display_name="Kai T.")
    for one in (child, other):
        families.guardian(one)
    ask(school, child)
    ask(west, other)
    with days_later(7):
        remind()
        assert Reminder.objects.count() == 1, "it is seven in the morning in Los Angeles"
    with days_later(7.1):
        remind()
    assert Reminder.objects.count() == 2


def test_reading_for_many_requests_costs_no_more_queries_than_for_few(
    school: School, child: Student, django_assert_max_num_queries: object
) -> None:
    """Where nothing is due, a hundred requests cost the queries of one."""
    for number in range(20):
        families.request(families.guardian(child), child, sent_at=clock.now() - timedelta(days=number % 6))
    with django_assert_max_num_queries(4, using="default"):  # type: ignore[operator]
        assert remind_now() == 0


def test_the_code_of_a_reminder_is_shown_as_in_other_mails(school: School, child: Student) -> None:
    """Three digits, a blank, three digits."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    with days_later(7):
        remind_now()
        assert re.fullmatch(r"\d{3} \d{3}", parent.code())


def test_reminders_that_go_out_together_are_built_each_by_itself(school: School) -> None:
    """Of four in one batch a stopped one and one to a dead address stay behind; the others have links of their own."""
    children = [make.student(school=school, display_name=f"Child {n}") for n in range(4)]
    guardians = [families.guardian(child) for child in children]
    ask(school, *children)
    with days_later(7):
        assert remind_now() == 4
        stop_reminders(invitation_id=Invitation.objects.get(guardian=guardians[0]).id, by=ADMIN, now=clock.now())
        note_bounce(guardian_id=guardians[1].id, code=Bounce.RETURNED, by=ADMIN, now=clock.now())
        deliver_due()
    reminders = OutgoingMail.objects.filter(kind="consent.reminder")
    assert sorted(one.failure_reason for one in reminders) == ["", "", "bounced", "reminders_stopped"]
    letters = [one for one in mail.outbox if "List-Unsubscribe" in one.extra_headers]
    assert {one.to[0] for one in letters} == {guardians[2].email, guardians[3].email}
    assert len({one.extra_headers["List-Unsubscribe"] for one in letters}) == 2


def test_many_reminders_cost_few_statements_each(school: School, django_assert_max_num_queries: object) -> None:
    """A portion is one transaction: rows, mails and events are written together."""
    children = [make.student(school=school) for _ in range(30)]
    for child in children:
        week = clock.now() - timedelta(days=8)
        families.request(families.guardian(child), child, created_at=week, mailed_at=week, sent_at=week)
    with django_assert_max_num_queries(30 * 5 + 40, using="default"):  # type: ignore[operator]
        assert remind_now() == 30
