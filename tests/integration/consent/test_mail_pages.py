"""What the office sees and does about mails that went out: from a student's record and a guardian's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, School, Student
from consent.actions.bounces import note_bounce
from consent.actions.close import close_invitations
from consent.actions.forget import forget_unanswered
from consent.actions.remind import remind_waiting, stop_reminders
from consent.models import Guardian, Guardianship, Invitation, Reminder
from consent.tasks import send_asked_links
from consent.vocabulary import Bounce
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
HOUR = timedelta(hours=1)


@pytest.fixture
def guardian(child: Student) -> Guardian:
    """A guardian who was asked an hour ago."""
    found = families.guardian(child)
    families.request(found, child, mailed_at=now() - HOUR, sent_at=now() - HOUR, created_at=now() - HOUR)
    return found


def tie_of(guardian: Guardian) -> str:
    """Return the id of the guardian's tie."""
    return Guardianship.objects.get(guardian=guardian).id


def press(client: Client, route: str, of: str, back: str = "") -> Any:
    """Press a button and return the page that follows."""
    return client.post(reverse(route, args=[of]), {"next": back} if back else {}, follow=True)


def words(page: Any) -> str:
    """Return a page's text with single blanks."""
    return " ".join(page.content.decode().split())


def record(client: Client, child: Student) -> str:
    """Return the text of the student's record."""
    return words(client.get(reverse("student-detail", args=[child.id])))


def test_the_office_notes_that_mail_came_back_and_that_it_works_again(
    office: Client, child: Student, guardian: Guardian
) -> None:
    """One press each, back on the same page, with the consequence in words and the staff member in the log."""
    here = reverse("student-detail", args=[child.id])
    page = press(office, "guardian-bounced", tie_of(guardian), here)
    assert page.redirect_chain == [(here, 302)]
    assert "No request and no reminder goes to this address" in words(page)
    assert "Mail comes back" in words(page)
    assert "Noted by the office" in words(page)
    assert Guardian.objects.get().bounce_code == "by_hand"
    assert "noted before" in words(press(office, "guardian-bounced", tie_of(guardian), here))
    assert "Mails go to this address again" in words(press(office, "guardian-mail-again", tie_of(guardian), here))
    assert Guardian.objects.get().bounced_at is None
    assert "go to this address already" in words(press(office, "guardian-mail-again", tie_of(guardian), here))
    names = AuditLog.objects.filter(event_type__startswith="notice.bounce").order_by("event_timestamp")
    assert [(one.event_type, one.actor_type) for one in names] == [
        ("notice.bounced", "admin"),
        ("notice.bounce_cleared", "admin"),
    ]


def test_the_guardians_page_has_the_same_buttons(office: Client, child: Student, guardian: Guardian) -> None:
    """Without a page to go back to, the guardian's own."""
    page = press(office, "guardian-bounced", tie_of(guardian), "https://elsewhere.example/")
    assert page.redirect_chain == [(reverse("guardian-detail", args=[tie_of(guardian)]), 302)]
    assert "Mail works again" in words(page)


def test_a_request_is_sent_once_more_with_a_fresh_link(office: Client, child: Student, guardian: Guardian) -> None:
    """The mail arrives, its link answers, and the log says who sent it."""
    (invitation,) = Invitation.objects.all()
    page = press(office, "request-again", invitation.id, reverse("student-detail", args=[child.id]))
    assert "A mail with a fresh link is on its way." in words(page)
    parent = Parent(guardian)
    assert parent.get(parent.link()).status_code == 200
    event = AuditLog.objects.get(event_type="consent.requested")
    assert (event.actor_type, event.resource_id) == ("admin", invitation.id)


def test_pressing_again_at_once_says_to_wait(office: Client, guardian: Guardian) -> None:
    """Nobody's inbox is filled; the page says how long the pause is."""
    (invitation,) = Invitation.objects.all()
    press(office, "request-again", invitation.id)
    page = press(office, "request-again", invitation.id)
    assert "less than 10 minutes ago" in words(page)
    assert OutgoingMail.objects.count() == 1


def test_the_office_looks_first_where_mail_comes_back(office: Client, guardian: Guardian) -> None:
    """No mail to a dead address by a button; the words say what to do."""
    note_bounce(guardian_id=guardian.id, code=Bounce.RETURNED, by=ADMIN, now=now())
    page = press(office, "request-again", Invitation.objects.get().id)
    assert "Correct the address, or say that mail works again." in words(page)
    assert not OutgoingMail.objects.exists()


def test_a_guardian_gets_their_own_link_though_mail_came_back_once(guardian: Guardian) -> None:
    """Who types the address knows that the mailbox works again."""
    note_bounce(guardian_id=guardian.id, code=Bounce.RETURNED, by=ADMIN, now=now())
    parent = Parent(guardian)
    parent.post("/c/fresh/", {"address": guardian.email})
    send_asked_links()
    assert len(parent.letters()) == 1


def test_a_called_back_request_cannot_be_sent(office: Client, child: Student, guardian: Guardian) -> None:
    """It has no button; a press from an old page is told why."""
    close_invitations(guardian_ids=[guardian.id], now=now())
    assert "Send again" not in record(office, child)
    page = press(office, "request-again", Invitation.objects.get().id)
    assert "finished or was called back" in words(page)


def test_a_notice_with_a_blank_sends_nothing_and_names_it(office: Client, guardian: Guardian, school: School) -> None:
    """312.4(c): no request without the whole notice."""
    make.change(school, admin_email="")
    page = press(office, "request-again", Invitation.objects.get().id)
    assert "Nothing was sent. The school’s notice has a blank: the school’s contact address." in words(page)


def test_the_record_tells_of_reminders_stops_and_deleted_contact(
    office: Client, child: Student, guardian: Guardian
) -> None:
    """What the guardian got, what they asked for, and what became of the address."""
    (invitation,) = Invitation.objects.all()
    for number in (1, 2):
        Reminder.objects.create(invitation=invitation, step="answer", number=number)
    assert "2 reminders since." in record(office, child)
    stop_reminders(invitation_id=invitation.id, by=ADMIN, now=now())
    assert "The guardian wants no more" in record(office, child)
    assert "contact deleted" not in record(office, child)
    Invitation.objects.update(expires_at=now() - HOUR)
    assert forget_unanswered(by=ADMIN, now=now()) == 1
    assert "No answer came: contact deleted" in record(office, child)


def test_the_address_is_deleted_from_reminders_too_and_takes_the_bounce_with_it(
    school: School, child: Student, frozen_now: time_machine.Traveller
) -> None:
    """312.5(c)(1): notice, reminder and mark go; a child who left in between changes nothing about that."""
    guardian = families.guardian(child)
    ask(school, child)
    frozen_now.shift(timedelta(days=8))
    assert remind_waiting(by=ADMIN, now=now()) == 1
    note_bounce(guardian_id=guardian.id, code=Bounce.RETURNED, by=ADMIN, now=now())
    make.change(child, status="inactive")
    assert forget_unanswered(by=ADMIN, now=now() + timedelta(days=31)) == 1
    assert {row.recipient_address for row in NotificationQueue.objects.all()} == {""}
    assert NotificationQueue.objects.count() == 2
    notice, reminder = OutgoingMail.objects.order_by("created_at")
    assert (notice.address, reminder.address) == ("", "")
    assert (reminder.state, reminder.failure_reason) == ("cancelled", "contact_deleted"), "it was still waiting"
    forgotten = Guardian.objects.get()
    assert (forgotten.email, forgotten.bounced_at) == ("", None)


def test_who_answered_once_and_not_the_renewal_keeps_the_contact(school: School, child: Student) -> None:
    """The consent on record needs its proof: a request for a new answer that ran out deletes nothing."""
    guardian = families.guardian(child)
    ask(school, child)
    parent = Parent(guardian)
    parent.answer(parent.link(), answers_for(child, third_party="no"))
    families.request(guardian, child, expires_at=now() - HOUR, renews_until=now() - HOUR)
    assert forget_unanswered(by=ADMIN, now=now() + timedelta(days=31)) == 0
    assert Guardian.objects.get().email
