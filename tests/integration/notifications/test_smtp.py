"""Sending to a real SMTP server: what arrives, what is retried, what fails, what is never pretended."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Literal

import pytest
import time_machine
from django.db import DatabaseError, transaction

from classwaves_admin.lib.clock import now
from classwaves_admin.notifications import outcomes, sending, tasks
from classwaves_admin.notifications.actions import Recipient, queue_mail
from classwaves_admin.notifications.kinds import NoLongerWanted
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rules import BATCH, LEASE, MAX_ATTEMPTS
from classwaves_admin.warehouse.models import NotificationQueue
from tests.mails.server import Server
from tests.mails.trial import CONTEXT, KIND, PARENT, Trial

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
LATER = timedelta(hours=5)  # longer than any pause


def queued(recipient: Recipient = PARENT) -> str:
    """Queue a mail of the trial kind."""
    with transaction.atomic():
        return queue_mail(
            kind=KIND, recipient=recipient, context=CONTEXT, school_id="school-1", refers_to="i-1", now=now()
        )


def state(mail_id: str) -> tuple[str, str, str]:
    """Return the portal's state, the catalog's status, and the reason code."""
    mail, row = OutgoingMail.objects.get(pk=mail_id), NotificationQueue.objects.get(pk=mail_id)
    assert (row.failure_reason or "") == mail.failure_reason
    assert row.sent_at == mail.sent_at
    assert row.retry_count == max(mail.attempts - 1, 0)
    return mail.state, row.status, mail.failure_reason


def body(mail: EmailMessage, form: Literal["plain", "html"]) -> str:
    """Return the mail's text in one of its two forms."""
    part = mail.get_body((form,))
    assert part is not None
    content: str = part.get_content()
    return content


def at(moment: datetime) -> time_machine.travel:
    """Move the clock, which goes on from there."""
    return time_machine.travel(moment, tick=True)


def test_a_mail_arrives_in_two_forms_with_every_letter(trial: Trial, smtp: Server) -> None:
    """Text and HTML, UTF-8 in subject and body, the fresh link, and headers that ask robots to be quiet."""
    mail_id = queued(Recipient("parent@home.example", "guardian-1", "es"))
    tasks.send(mail_id=mail_id)
    (mail,) = smtp.taken
    text, html = body(mail, "plain"), body(mail, "html")
    assert mail.get_content_type() == "multipart/alternative"
    assert mail["Subject"].strip() == "Una pregunta de Escuela Río <Grande> & Söhne"
    assert mail["To"] == "parent@home.example"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "es")
    assert mail["Message-ID"] == f"<{mail_id}@classwaves.example>"
    assert mail["List-Help"].strip() == f"<https://portal.example/c/{trial.tokens[0]}/>", "the kind's own header"
    assert trial.tokens[0] in text
    assert trial.tokens[0] in html
    assert "Zoë O'Brien" in text
    assert state(mail_id) == ("sent", "sent", "")
    assert [facts["refers_to"] for facts in trial.sent] == ["i-1"]
    assert trial.sent[0]["mail_id"] == mail_id


def test_a_second_task_for_the_same_mail_sends_nothing(trial: Trial, smtp: Server) -> None:
    """A task may be delivered twice; the mail is not."""
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    tasks.send(mail_id=mail_id)
    with at(now() + LATER):
        tasks.send_due()
    assert len(smtp.taken) == len(trial.sent) == 1


def test_no_copy_that_is_kept_holds_the_token(trial: Trial, smtp: Server) -> None:
    """Neither database knows the link that was sent."""
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    kept = [*OutgoingMail.objects.filter(pk=mail_id).values(), *NotificationQueue.objects.filter(pk=mail_id).values()]
    assert len(kept) == 2
    assert trial.tokens[0] not in str(kept)


@pytest.mark.parametrize("answers", ["rcpt", "data"])
def test_a_temporary_refusal_is_tried_again_later_with_the_same_message_id(
    trial: Trial, smtp: Server, answers: str
) -> None:
    """451, then 250: one mail arrives, noted as sent only then, with a fresh link."""
    setattr(smtp.handler, answers, ["451 4.7.1 Greylisted, parent@home.example"])
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    assert state(mail_id) == ("queued", "pending", "smtp_451")
    assert trial.sent == []
    tasks.send(mail_id=mail_id)
    assert OutgoingMail.objects.get(pk=mail_id).attempts == 1, "not before its time"
    with at(now() + LATER):
        tasks.send_due()
    assert state(mail_id) == ("sent", "sent", "")
    assert [mail["Message-ID"] for mail in smtp.taken] == [OutgoingMail.objects.get(pk=mail_id).message_id]
    assert len(trial.tokens) == 2
    assert trial.tokens[1] in body(smtp.taken[0], "plain")


@pytest.mark.parametrize("answers", ["rcpt", "data"])
def test_a_permanent_refusal_fails_with_a_code_and_without_the_servers_words(
    trial: Trial, smtp: Server, answers: str, caplog: pytest.LogCaptureFixture
) -> None:
    """550: the mail is never tried again, never called sent, and no address reaches a log or column."""
    setattr(smtp.handler, answers, ["550 5.1.1 parent@home.example is unknown here"])
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    with at(now() + LATER):
        tasks.send_due()
    assert state(mail_id) == ("failed", "failed", "smtp_550")
    assert NotificationQueue.objects.get(pk=mail_id).failed_at is not None
    assert OutgoingMail.objects.get(pk=mail_id).attempts == 1
    assert trial.sent == []
    assert smtp.taken == []
    assert "parent@" not in caplog.text


def test_a_server_that_is_away_gets_the_mail_when_it_is_back(trial: Trial, smtp: Server) -> None:
    """A refused connection is nobody's refusal."""
    smtp.stop()
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    assert state(mail_id) == ("queued", "pending", "no_connection")
    smtp.start()
    with at(now() + LATER):
        tasks.send_due()
    assert state(mail_id) == ("sent", "sent", "")


def test_a_server_that_hangs_is_left_after_the_time_limit(trial: Trial, smtp: Server, settings: object) -> None:
    """An unclear end counts as not sent; the same Message-ID tells a second copy apart."""
    settings.EMAIL_TIMEOUT = 0.3  # type: ignore[attr-defined]
    smtp.handler.hold = 1.5
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    assert state(mail_id) == ("queued", "pending", "disconnected")
    smtp.handler.hold = 0
    with at(now() + LATER):
        tasks.send_due()
    assert {mail["Message-ID"] for mail in smtp.taken} == {f"<{mail_id}@classwaves.example>"}


def test_it_gives_up_after_the_last_attempt(trial: Trial, smtp: Server) -> None:
    """A mail that waits forever helps nobody: it fails and shows so."""
    smtp.stop()
    mail_id, moment = queued(), now()
    for _ in range(MAX_ATTEMPTS + 3):
        moment += LATER
        with at(moment):
            tasks.send_due()
    assert state(mail_id) == ("failed", "failed", "no_connection")
    assert OutgoingMail.objects.get(pk=mail_id).attempts == MAX_ATTEMPTS


def test_a_mail_that_is_no_longer_wanted_is_cancelled(trial: Trial, smtp: Server) -> None:
    """A reminder after the answer would only confuse."""
    trial.fault = NoLongerWanted("answered_already")
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    assert state(mail_id) == ("cancelled", "cancelled", "answered_already")
    assert smtp.taken == []


def test_a_builder_at_fault_stops_only_its_own_mail(
    trial: Trial, smtp: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """The mail waits, the log names the kind and the error's class, never its words."""
    trial.fault = RuntimeError("parent@home.example has no invitation")
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    assert state(mail_id) == ("queued", "pending", "cannot_build")
    assert "trial.hello cannot be built: RuntimeError" in caplog.text
    assert "parent@" not in caplog.text


def test_what_follows_a_sent_mail_is_tried_again_without_a_second_mail(
    trial: Trial, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy database delays the note; the parent still gets one mail."""
    monkeypatch.setattr(outcomes, "PAUSES", (0.0, 0.0, None))
    trial.sent_faults = [DatabaseError("locked"), DatabaseError("locked")]
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    assert state(mail_id) == ("sent", "sent", "")
    assert len(smtp.taken) == len(trial.sent) == 1


def test_what_follows_may_fail_for_good_and_the_mail_still_counts_as_sent(
    trial: Trial, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in `on_sent` is shown by a code; it never mails a parent ten times."""
    monkeypatch.setattr(outcomes, "PAUSES", (0.0, 0.0, None))
    trial.sent_faults = [ValueError("fault")] * 3
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    assert state(mail_id) == ("sent", "sent", "follow_up_failed")
    with at(now() + LATER):
        tasks.send_due()
    assert len(smtp.taken) == 1


def test_a_claim_is_a_lease(trial: Trial, smtp: Server) -> None:
    """While one worker holds a mail no other takes it; when that worker is silent for long, one does."""
    mail_id = queued()
    OutgoingMail.objects.filter(pk=mail_id).update(state=State.SENDING, claimed_at=now(), attempts=1)
    assert not sending.deliver(mail_id=mail_id, now=now() + LEASE - timedelta(seconds=5))
    assert sending.deliver(mail_id=mail_id, now=now() + LEASE + timedelta(seconds=5))
    assert len(smtp.taken) == 1


def test_a_mail_whose_workers_all_died_fails(trial: Trial, smtp: Server) -> None:
    """A mail that kills its worker does not kill workers forever."""
    mail_id = queued()
    OutgoingMail.objects.filter(pk=mail_id).update(state=State.SENDING, claimed_at=now(), attempts=MAX_ATTEMPTS)
    sending.deliver(mail_id=mail_id, now=now() + LEASE)
    assert state(mail_id)[0::2] == ("failed", "worker_lost")


def test_a_slow_worker_whose_claim_ran_out_cannot_undo_the_others_outcome(trial: Trial, smtp: Server) -> None:
    """Its late failure is ignored; its late success counts, because the server has the mail."""
    mail_id = queued()
    slow = OutgoingMail(pk=mail_id, kind=KIND, attempts=1, refers_to="i-1")
    OutgoingMail.objects.filter(pk=mail_id).update(state=State.SENDING, claimed_at=now(), attempts=2)
    outcomes.note_failures([slow], reason="smtp_550", permanent=True, now=now())
    assert OutgoingMail.objects.get(pk=mail_id).state == State.SENDING
    outcomes.note_sent([slow], now=now())
    assert OutgoingMail.objects.get(pk=mail_id).state == State.SENT


def test_the_look_at_the_queue_sends_all_that_is_due_in_order(trial: Trial, smtp: Server) -> None:
    """More mails than one batch holds; one that is not due waits."""
    ids = [queued() for _ in range(BATCH + 3)]
    OutgoingMail.objects.filter(pk=ids[-1]).update(next_attempt_at=now() + timedelta(minutes=5))
    tasks.send_due()
    assert [mail["Message-ID"].partition("@")[0][1:] for mail in smtp.taken] == ids[:-1]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("550 5.1.1 parent@home.example is unknown here", True),
        ("550 5.2.1 The mailbox is disabled", True),
        ("553 No such user", True),
        ("550 5.7.1 We take no mail from you", False),
        ("554 Relay access denied", False),
        ("552 5.2.2 The mailbox is full", False),
        ("451 4.1.1 Greylisted", False),
    ],
)
def test_only_a_refusal_of_the_address_itself_is_told_to_the_kind(
    trial: Trial, smtp: Server, answer: str, told: bool
) -> None:
    """A server that refuses us, our relay or a full mailbox says nothing about the address."""
    smtp.handler.rcpt = [answer]
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    expected = [{"mail_id": mail_id, "refers_to": "i-1", "address": "parent@home.example", "reason": "refused"}]
    assert [{key: one[key] for key in expected[0]} for one in trial.returned] == (expected if told else [])


def returned(message_id: str, reason: str = "returned") -> bool:
    """Note that a mail came back."""
    return outcomes.note_returned(reference=message_id, address="parent@home.example", reason=reason, now=now())


def test_a_mail_that_came_back_is_noted_once_in_both_rows(trial: Trial, smtp: Server) -> None:
    """The date of sending stays; the kind hears of it once, whatever is reported afterwards."""
    mail_id = queued()
    tasks.send(mail_id=mail_id)
    message_id = OutgoingMail.objects.get(pk=mail_id).message_id
    assert returned(message_id.strip("<>"))
    assert not returned(message_id)
    assert not returned(message_id, "complaint")
    assert state(mail_id) == ("returned", "returned", "returned")
    row = NotificationQueue.objects.get(pk=mail_id)
    assert row.sent_at is not None
    assert row.failed_at is not None
    assert [one["mail_id"] for one in trial.returned] == [mail_id]


@pytest.mark.parametrize("message_id", ["", "<>", "<gone@classwaves.example>", "x" * 500])
def test_a_report_about_a_mail_that_is_not_ours_changes_nothing(trial: Trial, message_id: str) -> None:
    """Other programs send through the same service."""
    assert not returned(message_id)


def test_the_id_of_our_mail_at_another_domain_is_not_our_mail(trial: Trial, smtp: Server) -> None:
    """The whole Message-ID counts."""
    mail_id = queued()
    assert not returned(f"<{mail_id}@elsewhere.example>")
    assert state(mail_id)[0] == "queued"


def test_a_report_that_is_quicker_than_the_worker_ends_the_mail(trial: Trial, smtp: Server) -> None:
    """The worker's own note comes too late then, and the mail does not go out again."""
    mail_id = queued()
    mail = OutgoingMail.objects.get(pk=mail_id)
    assert returned(mail.message_id)
    outcomes.note_sent([mail], now=now())
    with at(now() + LATER):
        tasks.send_due()
    assert state(mail_id)[0] == "returned"
    assert (smtp.taken, trial.sent) == ([], [])
