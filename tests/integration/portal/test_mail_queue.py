"""The queue of mails: what a school sees, sending again, stopping, and that nobody gets a mail twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.sending import deliver, deliver_due
from classwaves_admin.portal.mail_words import failure_words, masked
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.actions.ask import ask_for_consent
from consent.models import Guardian
from tests.factories import catalog as make
from tests.factories import families, mails, people

BY = Actor("teacher-1", ActorType.ADMIN)
pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def school() -> School:
    """Save a school."""
    return make.school(name="Harbour School", domain="harbour.example")


@pytest.fixture
def office(school: School) -> Client:
    """Return the browser of the school's administrator."""
    client = Client()
    client.force_login(people.staff("admin", school=school, email="a@harbour.example")[0])
    return client


@pytest.fixture
def mail(school: School) -> OutgoingMail:
    """Ask a guardian for consent; return the mail, which waits."""
    student = make.student(school=school, display_name="Ana L.")
    families.guardian(student, email="maria.lopez@home.example")
    with system_scope(reason="test"):
        ask_for_consent(school_id=school.pk, student_ids=[student.pk], by=BY, now=now())
        delivery.deliver()
        return OutgoingMail.objects.get()


def again(mail: OutgoingMail) -> OutgoingMail:
    """Return the mail as it is now."""
    with system_scope(reason="test"):
        return OutgoingMail.objects.get(pk=mail.pk)


def failed(mail: OutgoingMail) -> None:
    """Let the mail have failed for good, as ten tries in vain do."""
    with system_scope(reason="test"):
        OutgoingMail.objects.filter(pk=mail.pk).update(
            state=State.FAILED, attempts=10, failure_reason="smtp_451", address="", context={}, next_attempt_at=None
        )


def events(mail: OutgoingMail) -> list[str]:
    """Return what the log says of the mail."""
    delivery.deliver()
    with system_scope(reason="test"):
        rows = AuditLog.objects.filter(resource_id=mail.pk, event_type__startswith="mail.")
        return sorted(rows.values_list("event_type", flat=True))


def test_the_list_masks_addresses_and_names_nobody(mail: OutgoingMail, office: Client) -> None:
    """States are counted; another school's mails are not there."""
    mails.outgoing(make.school(domain="hill.example"), kind="consent.receipt")
    page = office.get("/mails/").content.decode()
    main = page.partition("<main")[2]
    assert "m•••@home.example" in main
    assert "maria.lopez" not in page
    assert "Ana" not in main
    assert main.count("/mails/0") + main.count(f"/mails/{mail.pk}/") >= 1
    assert office.get("/mails/?state=sent").content.decode().count("No mail fits") == 1


def test_one_mail_shows_what_happened_and_the_look_is_recorded(mail: OutgoingMail, office: Client) -> None:
    """Words as the catalog keeps them, without link and code; an address masked."""
    page = office.get(f"/mails/{mail.pk}/").content.decode()
    assert "Written, and put into the queue" in page
    assert "[only in the mail]" in page
    assert "Stop it" in page
    assert "maria.lopez" not in page
    assert events(mail) == ["mail.viewed"]


def test_a_failed_mail_goes_again_once_to_the_address_of_today(
    mail: OutgoingMail, office: Client, mailoutbox: list[Any]
) -> None:
    """Links follow no address that was changed since; what the server has taken does not go a second time."""
    failed(mail)
    with system_scope(reason="test"):
        Guardian.objects.update(email="new@home.example")
    for _ in range(2):
        office.post(f"/mails/{mail.pk}/again/")
    assert (again(mail).state, again(mail).address, again(mail).attempts) == (State.QUEUED, "new@home.example", 0)
    with system_scope(reason="test"):
        assert deliver_due() == 1
        assert deliver_due() == 0
    assert [sent.to for sent in mailoutbox] == [["new@home.example"]]
    assert "Ana" in mailoutbox[0].body
    office.post(f"/mails/{mail.pk}/again/")
    with system_scope(reason="test"):
        assert deliver_due() == 0
        assert NotificationQueue.objects.get(pk=mail.pk).recipient_address == "new@home.example"
    assert events(mail) == ["mail.resent"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": ""}, "There is no address any more"),
        ({"bounced_at": "now"}, "There is no address any more"),
        ({"restricted_at": "now"}, "There is no address any more"),
    ],
)
def test_who_must_not_be_written_to_is_not(
    mail: OutgoingMail, office: Client, change: dict[str, str], words: str
) -> None:
    """An address that is gone, one from which mail comes back, a court order."""
    failed(mail)
    with system_scope(reason="test"):
        Guardian.objects.update(**{name: now() if value == "now" else value for name, value in change.items()})
    page = office.post(f"/mails/{mail.pk}/again/", follow=True).content.decode()
    assert words in page
    assert again(mail).state == State.FAILED


def test_texts_that_another_service_has_changed_are_not_sent(mail: OutgoingMail, office: Client) -> None:
    """What the catalog has by now must be texts that cannot forge a header; else the mail stays where it is."""
    failed(mail)
    make.change(NotificationQueue.objects.get(pk=mail.pk), template_data={"school": "a\x07b"})
    assert "does not have its words" in office.post(f"/mails/{mail.pk}/again/", follow=True).content.decode()
    assert again(mail).state == State.FAILED


def test_a_mail_that_waits_is_stopped_and_never_sent(mail: OutgoingMail, office: Client, mailoutbox: list[Any]) -> None:
    """Its address goes at once; one that a worker holds cannot be stopped."""
    with system_scope(reason="test"):
        OutgoingMail.objects.update(state=State.SENDING, claimed_at=now(), attempts=1)
    office.post(f"/mails/{mail.pk}/stop/")
    assert again(mail).state == State.SENDING
    with system_scope(reason="test"):
        OutgoingMail.objects.update(state=State.QUEUED)
    office.post(f"/mails/{mail.pk}/stop/")
    assert (again(mail).state, again(mail).address) == (State.CANCELLED, "")
    with system_scope(reason="test"):
        assert not deliver(mail_id=mail.pk, now=now())
    assert mailoutbox == []
    assert events(mail) == ["mail.cancelled"]


def test_all_failed_mails_of_a_kind_go_again_together(mail: OutgoingMail, office: Client, school: School) -> None:
    """The numbers come first; what cannot go is told with its reason; other kinds and schools are left alone."""
    failed(mail)
    lost = mails.outgoing(school, state=State.FAILED, taken_at=None, refers_to="nobody")
    kept = mails.outgoing(school, kind="consent.receipt", state=State.FAILED, taken_at=None)
    other = mails.outgoing(make.school(domain="hill.example"), state=State.FAILED, taken_at=None)
    assert "Send 2 mails again?" in office.get("/mails/retry/?kind=consent.invitation").content.decode()
    page = office.post("/mails/retry/", {"kind": "consent.invitation"}, follow=True).content.decode()
    assert "1 mail goes again." in page
    assert "1 not sent again." in page
    states = [again(one).state for one in (mail, lost, kept, other)]
    assert states == [State.QUEUED, State.FAILED, State.FAILED, State.FAILED]
    assert office.get("/mails/retry/?kind=nothing").status_code == 302


def test_rows_of_other_services_are_text(school: School, office: Client) -> None:
    """A district sees its people's, ClassWaves none without a grant; HTML stays text."""
    make.district(pk="d-1")
    make.setting(school=school, key="district_id", value="d-1")
    student: Student = make.student(school=school)
    own = mails.of_another_service(student.pk, content="<b>About Ana</b>", status="<i>odd</i>", pk="a/1")
    hidden = mails.of_another_service("somebody")
    district = Client()
    district.force_login(people.member("district_admin", email="d@office.example", district="d-1"))
    page = district.get("/mails/others/").content.decode()
    assert "/mails/others/a/1/" in page
    assert hidden.pk not in page
    assert "<i>odd" not in page
    assert "&lt;b&gt;About Ana" in district.get("/mails/others/a/1/").content.decode()
    assert district.get(f"/mails/others/{hidden.pk}/").status_code == 404
    admin = Client()
    admin.force_login(people.member("super_admin", email="s@office.example"))
    assert admin.get("/mails/others/").status_code == 403
    assert admin.get("/mails/others/a/1/").status_code == 403
    assert events(OutgoingMail(pk=own.pk)) == ["mail.viewed"]
    assert office.get("/mails/others/").status_code == 403


@pytest.mark.parametrize(
    ("code", "start"),
    [
        ("smtp_451", "The mail server asks to try again"),
        ("smtp_550", "The mail server refused"),
        ("odd", "Told by"),
    ],
)
def test_failures_in_words(code: str, start: str) -> None:
    """Each code of docs/mail.md has words; another is told as it is."""
    assert failure_words(code).startswith(start)


@pytest.mark.parametrize(
    ("address", "shown"), [("ana@home.example", "a•••@home.example"), ("device-1", "d•••"), ("", "–"), ("@x", "•••@x")]
)
def test_addresses_are_masked(address: str, shown: str) -> None:
    """Enough to tell two mails apart, whatever stands there."""
    assert masked(address) == shown
