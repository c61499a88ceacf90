"""Many mails at once: one connection, outcomes of each by itself, and servers that end the connection."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from classwaves_admin.lib.clock import now
from classwaves_admin.notifications import claims, kinds, sending, tasks
from classwaves_admin.notifications.actions import Draft, Recipient, queue_mails
from classwaves_admin.notifications.kinds import Built, NoLongerWanted, Sent
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rules import BATCH, LEASE
from classwaves_admin.warehouse.models import NotificationQueue
from tests.mails.server import Server
from tests.mails.trial import CONTEXT, KIND, Trial

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
LATER = timedelta(hours=5)


def queued(number: int) -> list[str]:
    """Queue mails to different people."""
    drafts = [
        Draft(KIND, Recipient(f"parent{n}@home.example", f"g-{n}", "en"), CONTEXT, "school-1", f"i-{n}")
        for n in range(number)
    ]
    with transaction.atomic():
        return queue_mails(drafts, now=now())


def states() -> dict[str, int]:
    """Return how many mails are in each state, and check that the catalog says the same."""
    found: dict[str, int] = {}
    rows = {row.pk: row for row in NotificationQueue.objects.all()}
    for mail in OutgoingMail.objects.all():
        row = rows[mail.pk]
        found[mail.state] = found.get(mail.state, 0) + 1
        assert row.retry_count == max(mail.attempts - 1, 0)
        assert (row.sent_at, row.failure_reason or "") == (mail.sent_at, mail.failure_reason)
    return found


def recipients(server: Server) -> list[str]:
    """Return who got a mail, in order of arrival."""
    return [str(mail["To"]) for mail in server.taken]


def test_a_batch_goes_over_one_connection(trial: Trial, smtp: Server) -> None:
    """A connection for each mail costs more than the mail."""
    queued(12)
    tasks.send_due()
    assert recipients(smtp) == [f"parent{n}@home.example" for n in range(12)]
    assert list(smtp.handler.connections.values()) == [12]
    assert states() == {"sent": 12}
    assert len(set(trial.tokens)) == len(trial.sent) == 12, "each mail has its own link and its own follow-up"


@pytest.mark.parametrize("polite", [True, False], ids=["421", "silent"])
def test_a_server_that_ends_connections_gets_every_mail_once(trial: Trial, smtp: Server, polite: bool) -> None:
    """Servers limit the mails of a connection: the next mail goes over a new one at once."""
    smtp.handler.most, smtp.handler.polite = 5, polite
    queued(12)
    tasks.send_due()
    assert recipients(smtp) == [f"parent{n}@home.example" for n in range(12)]
    assert [count for count in smtp.handler.connections.values() if count] == [5, 5, 2]
    assert states() == {"sent": 12}
    assert set(OutgoingMail.objects.values_list("attempts", flat=True)) == {1}


def test_a_server_that_takes_nothing_is_asked_once_a_mail(trial: Trial, smtp: Server) -> None:
    """A server that ends each connection at once is left for later, without a loop."""
    smtp.handler.most = 0
    queued(3)
    tasks.send_due()
    assert states() == {"queued": 3}
    assert set(OutgoingMail.objects.values_list("failure_reason", flat=True)) == {"smtp_421"}


def test_one_refused_recipient_fails_alone(trial: Trial, smtp: Server) -> None:
    """The mails before and after go out over the same connection."""
    smtp.handler.rcpt = ["250 OK", "550 5.1.1 unknown", "450 4.2.1 later", "250 OK"]
    ids = queued(5)
    tasks.send_due()
    assert recipients(smtp) == [f"parent{n}@home.example" for n in (0, 3, 4)]
    assert list(smtp.handler.connections.values()) == [5]
    assert states() == {"sent": 3, "failed": 1, "queued": 1}
    assert OutgoingMail.objects.get(pk=ids[1]).failure_reason == "smtp_550"
    with time_machine.travel(now() + LATER):
        tasks.send_due()
    assert recipients(smtp)[-1] == "parent2@home.example"


def test_a_mail_whose_end_is_unclear_is_not_sent_again_at_once(trial: Trial, smtp: Server, settings: object) -> None:
    """The server may have it: it waits for its next attempt, under the same Message-ID; the others go on."""
    settings.EMAIL_TIMEOUT = 0.3  # type: ignore[attr-defined]
    smtp.handler.hold = 1.5
    queued(1)
    tasks.send_due()
    smtp.handler.hold = 0
    queued(2)
    tasks.send_due()
    assert states() == {"queued": 1, "sent": 2}


def test_a_server_that_is_away_is_knocked_at_once_for_all(trial: Trial, smtp: Server) -> None:
    """A hundred mails do not wait for a hundred timeouts, and all of them go later."""
    smtp.stop()
    queued(BATCH + 2)
    tasks.send_due()
    assert states() == {"queued": BATCH + 2}
    assert set(OutgoingMail.objects.values_list("failure_reason", flat=True)) == {"no_connection"}
    smtp.start()
    with time_machine.travel(now() + LATER):
        tasks.send_due()
    assert sorted(recipients(smtp)) == sorted(f"parent{n}@home.example" for n in range(BATCH + 2))


def test_a_mail_marked_as_taken_is_never_sent_again(trial: Trial, smtp: Server) -> None:
    """Its worker died between the server's answer and the note: the next look notes it, with what follows."""
    ids = queued(3)
    OutgoingMail.objects.update(state=State.SENDING, attempts=1, claimed_at=now() - LEASE)
    OutgoingMail.objects.filter(pk__in=ids[:2]).update(taken_at=now())
    tasks.send_due()
    assert recipients(smtp) == ["parent2@home.example"]
    assert states() == {"sent": 3}
    assert len(trial.sent) == 3


def test_a_worker_that_is_slow_keeps_its_claim_while_it_is_at_it(trial: Trial) -> None:
    """A claim is renewed for what is still this worker's, and for nothing else."""
    queued(3)
    with transaction.atomic():
        mails = claims.claim(claims.due(now()), now())
    OutgoingMail.objects.filter(pk=mails[0].pk).update(attempts=2)
    OutgoingMail.objects.filter(pk=mails[1].pk).update(state=State.SENT)
    later = now() + LEASE
    assert [mail.pk for mail in claims.renew(mails, later)] == [mails[2].pk]
    assert [mail.pk for mail in claims.due(later + timedelta(minutes=1))] == [mails[0].pk]


def test_what_another_worker_has_taken_over_is_left_out(
    trial: Trial, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was away longer than its lease sends nothing that is another's by now."""
    ids = queued(2)
    monkeypatch.setattr(sending, "RENEW_AFTER", timedelta(0))
    monkeypatch.setattr(claims, "renew", lambda mails, _now: [mail for mail in mails if mail.pk == ids[1]])
    tasks.send_due()
    assert recipients(smtp) == ["parent1@home.example"]


@dataclass
class Together:
    """The trial's functions for many mails; `fault` is raised where set, `unwanted` names what nobody needs."""

    trial: Trial
    unwanted: Collection[str] = ()
    fault: Exception | None = None
    late_fault: Exception | None = None
    calls: list[int] = field(default_factory=list)

    def build(self, *, refers_to: Collection[str], now: datetime) -> Mapping[str, Built]:
        """Build many."""
        self.calls.append(len(refers_to))
        if self.fault:
            raise self.fault
        return {
            one: NoLongerWanted("answered_already")
            if one in self.unwanted
            else self.trial.build(refers_to=one, now=now)
            for one in refers_to
        }

    def on_sent(self, mails: Collection[Sent], *, now: datetime) -> None:
        """Remember the calls."""
        if self.late_fault:
            raise self.late_fault
        for mail in mails:
            self.trial.on_sent(**mail._asdict(), now=now)


@pytest.fixture
def together(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> Together:
    """Give the trial kind its functions for many."""
    many = Together(trial)
    kind = replace(trial.kind(), builds=many.build, on_all_sent=many.on_sent)
    monkeypatch.setitem(kinds._KINDS, KIND, kind)
    return many


def test_a_kind_may_build_many_together(together: Together, smtp: Server) -> None:
    """A hundred mails take one call; what nobody needs is cancelled, the rest is sent and followed up."""
    together.unwanted = {"i-1"}
    queued(4)
    tasks.send_due()
    assert together.calls == [4]
    assert states() == {"sent": 3, "cancelled": 1}
    assert [facts["refers_to"] for facts in together.trial.sent] == ["i-0", "i-2", "i-3"]


def test_a_fault_among_many_stops_only_the_mail_that_has_it(together: Together, smtp: Server) -> None:
    """Where building or following up together fails, each mail is taken by itself."""
    together.fault, together.late_fault = RuntimeError("one of them"), RuntimeError("another")
    queued(3)
    tasks.send_due()
    assert states() == {"sent": 3}
    assert len(together.trial.sent) == 3
    assert set(OutgoingMail.objects.values_list("failure_reason", flat=True)) == {""}


def test_many_queued_mails_are_one_call_to_the_worker(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand tasks for a thousand mails would be a thousand files in the embedded broker."""
    from classwaves_admin import celery_app

    published: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(celery_app, "send_task", lambda name, **options: published.append((name, options)))
    queued(3)
    assert published == [(tasks.send_due.name, {"retry": False})]
