"""Mail that comes back, from the service's report to the guardian who is written to no more."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from pytest_django import Settings

from classwaves_admin.lib.clock import now
from classwaves_admin.notifications import outcomes
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, School, Student
from consent.actions.bounces import clear_bounce
from consent.models import Guardian, Invitation
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask
from tests.mails.fixtures import smtp
from tests.mails.reports import mailgun, post, postmark, signed
from tests.mails.server import Server

__all__ = ["smtp"]

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
PASSWORD = "postmark:made-up-for-tests"


@pytest.fixture
def guardian(school: School, child: Student) -> Guardian:
    """Return a guardian who was asked."""
    found = families.guardian(child, email="Parent@home.example")
    ask(school, child)
    return found


def the_mail() -> OutgoingMail:
    """Return the one mail."""
    return OutgoingMail.objects.get()


def code_of(guardian: Guardian) -> str:
    """Return why nothing is mailed to the guardian, blank where mails go."""
    found = Guardian.objects.get(pk=guardian.pk)
    assert (found.bounced_at is None) == (found.bounce_code == "")
    return found.bounce_code


def report(**changes: Any) -> dict[str, Any]:
    """Return a signed report of Mailgun about the one mail."""
    return signed(mailgun(the_mail().message_id, "parent@home.example", **changes))


def test_a_hard_bounce_stops_mails_to_the_guardian_and_is_noted_everywhere(guardian: Guardian) -> None:
    """By the Message-ID: guardian, mail, catalog and log; the link that was mailed stays good."""
    link = Parent(guardian).link()
    assert post(report()) == 200
    assert code_of(guardian) == "returned"
    assert (the_mail().state, the_mail().failure_reason) == ("returned", "returned")
    row = NotificationQueue.objects.get()
    assert (row.status, row.failure_reason) == ("returned", "returned")
    assert row.failed_at is not None
    assert row.sent_at is not None
    event = AuditLog.objects.get(event_type="notice.bounced")
    assert (event.actor_id, event.resource_id, event.data_accessed) == (
        "system:mail",
        guardian.pk,
        json.dumps({"code": "returned"}),
    )
    assert Invitation.objects.get().revoked_at is None
    assert Parent(guardian).get(link).status_code == 200


def test_a_report_that_comes_again_changes_nothing_even_after_a_person_has_cleared_it(guardian: Guardian) -> None:
    """Services repeat themselves for days; an old report must not stop an address that works again."""
    again = report()
    assert [post(again), post(again)] == [200, 200]
    assert AuditLog.objects.filter(event_type="notice.bounced").count() == 1
    clear_bounce(guardian_id=guardian.pk, by=ADMIN, now=now())
    assert post(again) == 200
    assert code_of(guardian) == ""
    assert AuditLog.objects.filter(event_type="notice.bounced").count() == 1


@pytest.mark.parametrize(
    "forged",
    [
        signed(mailgun("<x@classwaves.example>", "parent@home.example"), key="another key"),
        mailgun("<x@classwaves.example>", "parent@home.example"),
        {"signature": {"token": "x"}},
        {"signature": "x"},
        [],
        "not JSON",
        "",
        "\x00",
    ],
    ids=str,
)
def test_a_report_without_the_right_signature_is_refused_and_writes_nothing(guardian: Guardian, forged: Any) -> None:
    """Whoever finds the address can post anything there."""
    if isinstance(forged, dict) and "event-data" in forged:
        forged["event-data"]["message"]["headers"]["message-id"] = the_mail().message_id.strip("<>")
    assert 400 <= post(forged) < 500
    assert code_of(guardian) == ""
    assert the_mail().state == "sent"
    assert not AuditLog.objects.filter(event_type="notice.bounced").exists()


@pytest.mark.parametrize("body", [{}, {"event-data": {}}, {"event-data": []}, {"event-data": {"event": ["failed"]}}])
def test_a_signed_report_of_another_shape_is_no_error_of_ours(guardian: Guardian, body: dict[str, Any]) -> None:
    """What cannot be read is refused or passed over; nothing is written."""
    assert post(signed(body)) in {200, 400}
    assert code_of(guardian) == ""


def test_other_peoples_mail_is_passed_over_quietly(guardian: Guardian) -> None:
    """Another program sends through the same service: 200, or it would be posted again for hours."""
    assert post(signed(mailgun("<other@elsewhere.example>", "parent@home.example"))) == 200
    assert post(signed(mailgun(f"<{the_mail().pk}@elsewhere.example>", "parent@home.example"))) == 200
    assert code_of(guardian) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "temporary", "reason": "generic"},
        {"severity": "temporary", "reason": "greylisted"},
        {"reason": "old"},  # retried until too old: the mailbox was full, or the server away
        {"delivery-status": {"code": 552, "message": "5.2.2 The mailbox is full"}},
        {"delivery-status": {"code": 550, "message": "5.7.1 We do not like your text"}},
        {"event": "delivered"},
        {"event": "opened"},
        {"event": "unsubscribed"},
        {"event": "something new"},
    ],
    ids=str,
)
def test_what_says_nothing_lasting_about_the_address_changes_nothing(
    guardian: Guardian, changes: dict[str, Any]
) -> None:
    """A full mailbox, greylisting, a refused text, a delivery."""
    assert post(report(**changes)) == 200
    assert code_of(guardian) == ""
    assert the_mail().state == "sent"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event": "complained"}, "complaint"),
        ({"reason": "suppress-complaint"}, "complaint"),
        ({"reason": "suppress-bounce", "delivery-status": {"code": 605, "message": "Not delivering"}}, "returned"),
        ({"delivery-status": {"code": 550, "message": "5.2.1 This mailbox is closed"}}, "returned"),
        ({"delivery-status": None}, "returned"),
    ],
    ids=str,
)
def test_complaints_and_closed_mailboxes_stop_mails_too(guardian: Guardian, changes: dict[str, Any], code: str) -> None:
    """A receiver who presses "spam" is not written to again, nor is an address the service itself gave up."""
    assert post(report(**changes)) == 200
    assert code_of(guardian) == code


def test_a_report_about_the_address_of_before_leaves_the_new_one_alone(guardian: Guardian) -> None:
    """The mail is noted as returned; the guardian, who has moved on, is written to."""
    late = report()
    guardian.move_to("new@home.example", now=now())
    assert post(late) == 200
    assert code_of(guardian) == ""
    assert the_mail().state == "returned"


def test_a_receipt_that_comes_back_counts_as_well(guardian: Guardian, child: Student) -> None:
    """Every mail of consent tells, not the first alone."""
    parent = Parent(guardian)
    parent.answer(parent.link(), answers_for(child, service="no", audio="no", ai="no", third_party="no"))
    deliver_due()
    receipt = OutgoingMail.objects.get(kind="consent.receipt")
    assert post(signed(mailgun(receipt.message_id, "parent@home.example"))) == 200
    assert code_of(guardian) == "returned"


def test_nothing_of_a_report_reaches_the_log(guardian: Guardian, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a good one nor a forged or broken one: reports hold addresses and whole mails."""
    with caplog.at_level(logging.DEBUG):
        post(report())
        post(mailgun(the_mail().message_id, "parent@home.example"))
        post('{"signature": "parent@home.example')
    ours = [one for one in caplog.records if not one.name.startswith(("asyncio", "django.db"))]
    assert ours, "the refusals are told"
    assert "home.example" not in " ".join(f"{one.getMessage()} {one.exc_text or ''}" for one in ours)


def test_a_fault_of_ours_lets_the_service_try_again(guardian: Guardian, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 and nothing written: half a report must not count as taken."""

    def fail(**_: Any) -> bool:
        raise RuntimeError

    monkeypatch.setattr("consent.emails.note_bounce", fail)
    with pytest.raises(RuntimeError):  # the test client shows what a server answers with 500
        post(report())
    assert the_mail().state == "sent"
    monkeypatch.undo()
    assert post(report()) == 200
    assert code_of(guardian) == "returned"


def test_the_address_takes_posts_alone(client: Any) -> None:
    """A browser or a scanner that looks gets 405."""
    assert client.get("/mail/reports/").status_code == 405


@pytest.fixture
def with_postmark(settings: Settings) -> None:
    """Send through Postmark."""
    settings.MAIL_WEBHOOK, settings.MAIL_WEBHOOK_SECRET = "postmark", PASSWORD


@pytest.mark.usefixtures("with_postmark")
def test_postmark_names_our_mail_by_its_metadata_alone(guardian: Guardian) -> None:
    """Its reports name no Message-ID of ours; the mail carried its id in a header."""
    assert post(postmark(the_mail().pk, "parent@home.example"), password=PASSWORD) == 200
    assert code_of(guardian) == "returned"


@pytest.mark.usefixtures("with_postmark")
@pytest.mark.parametrize("password", ["", "postmark:wrong", "made-up-for-tests", "postmark:"])
def test_postmarks_reports_need_the_password(guardian: Guardian, password: str) -> None:
    """Postmark signs nothing: the address that it calls holds user and password."""
    assert post(postmark(the_mail().pk, "parent@home.example"), password=password) == 403
    assert code_of(guardian) == ""


@pytest.mark.usefixtures("with_postmark")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Type": "SoftBounce", "TypeCode": 4096, "Details": "smtp;450 4.2.2 The mailbox is full"}, ""),
        ({"Type": "Transient", "TypeCode": 2}, ""),
        ({"Type": "AutoResponder", "TypeCode": 32}, ""),
        ({"Type": "SpamNotification", "TypeCode": 512}, ""),
        ({"Type": "BadEmailAddress", "TypeCode": 100000}, "returned"),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 100001}, "complaint"),
        ({"RecordType": "Delivery", "Type": None}, ""),
        ({"RecordType": "Inbound"}, ""),
        ({"Metadata": {}}, ""),
        ({"Metadata": None}, ""),
        ({"Metadata": {"mail": "somebody else's"}}, ""),
    ],
    ids=str,
)
def test_what_postmark_reports(guardian: Guardian, changes: dict[str, Any], code: str) -> None:
    """Hard bounces, bad addresses and complaints; nothing that passes."""
    assert post(postmark(the_mail().pk, "parent@home.example", **changes), password=PASSWORD) in {200, 400}
    assert code_of(guardian) == code


@pytest.mark.parametrize(
    ("service", "headers"),
    [
        ("none", {}),
        ("mailgun", {"X-Mailgun-Track": "no", "X-Mailgun-Track-Clicks": "no", "X-Mailgun-Track-Opens": "no"}),
        ("postmark", {"X-PM-TrackOpens": "false", "X-PM-TrackLinks": "None", "X-PM-KeepID": "true"}),
    ],
)
def test_each_mail_tells_its_service_to_track_nothing_and_carries_its_id(
    school: School, child: Student, smtp: Server, settings: Settings, service: str, headers: dict[str, str]
) -> None:
    """A rewritten link would lead a parent's token through the service first."""
    settings.MAIL_WEBHOOK = service
    families.guardian(child)
    ask(school, child)
    (letter,) = smtp.taken
    found = {name: value for name, value in letter.items() if name.startswith(("X-Mailgun", "X-PM"))}
    reference = {"mailgun": "X-Mailgun-Variables", "postmark": "X-PM-Metadata-mail"}.get(service)
    if reference:
        assert the_mail().pk in found.pop(reference)
    assert found == headers


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("550 5.1.1 parent@home.example is unknown here", "refused"),
        ("550 5.7.1 We take nothing from you", ""),
        ("452 4.2.2 The mailbox is full", ""),
    ],
)
def test_a_server_that_refuses_the_address_at_once_stops_mails_too(
    school: School, child: Student, smtp: Server, answer: str, code: str
) -> None:
    """5.1.1 at the door; a refusal of us, and what passes, is no bounce."""
    guardian = families.guardian(child)
    smtp.handler.rcpt = [answer]
    ask(school, child)
    assert code_of(guardian) == code
    assert "home.example" not in str(list(AuditLog.objects.values_list("data_accessed", flat=True)))


def test_a_mail_of_a_kind_that_nobody_registered_any_more_is_noted_alone(
    guardian: Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that dropped a kind still takes reports about its mails."""
    OutgoingMail.objects.update(kind="consent.gone")
    assert outcomes.note_returned(
        reference=the_mail().message_id, address="parent@home.example", reason="returned", now=now()
    )
    assert code_of(guardian) == ""
