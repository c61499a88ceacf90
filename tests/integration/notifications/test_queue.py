"""Queueing: in the caller's transaction, without tokens, and known to the worker by its id alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import kombu.exceptions
import pytest
from celery import current_app
from django.db import transaction

from classwaves_admin import celery_app
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications import tasks
from classwaves_admin.notifications.actions import Recipient, queue_mail
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rules import UnsafeText
from classwaves_admin.warehouse.models import NotificationQueue
from classwaves_admin.warehouse.outbox.gateway import OutsideTransaction
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.mails.trial import CONTEXT, KIND, PARENT, Trial

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in for the broker; what was published is returned."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(celery_app, "send_task", lambda name, **options: found.append({"name": name, **options}))
    return found


def queue(**changes: Any) -> str:
    """Queue a mail of the trial kind."""
    given: dict[str, Any] = {
        "kind": KIND,
        "recipient": PARENT,
        "context": CONTEXT,
        "school_id": "school-1",
        "refers_to": "i-1",
        "now": now(),
    }
    return queue_mail(**(given | changes))


def test_a_queued_mail_has_its_row_in_the_catalog_without_a_token(trial: Trial) -> None:
    """The catalog keeps what is sent and to whom, never the link; no token exists before sending."""
    moment = now()
    with transaction.atomic():
        mail_id = queue(now=moment)
    row = NotificationQueue.objects.get(pk=mail_id)
    assert trial.tokens == []
    assert (row.user_id, row.recipient_address, row.notification_type) == ("guardian-1", "parent@home.example", KIND)
    assert (row.status, row.channel, row.template_id, row.created_at) == ("pending", "email", f"{KIND}/en", moment)
    assert row.template_data == CONTEXT
    assert "Read and answer: [only in the mail]" in row.content
    assert row.subject == "A question from Escuela Río <Grande> & Söhne"


def test_the_worker_hears_of_it_after_the_commit_by_its_id_alone(trial: Trial, published: list[dict[str, Any]]) -> None:
    """No address, name or text travels through the broker."""
    with transaction.atomic():
        mail_id = queue()
        assert published == []
    assert published == [{"name": tasks.send.name, "kwargs": {"mail_id": mail_id}, "retry": False}]


def test_a_rolled_back_action_sends_nothing(trial: Trial, published: list[dict[str, Any]]) -> None:
    """A mail never tells of something that did not happen."""
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert published == []
    assert not OutgoingMail.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_a_mail_outside_a_transaction_is_refused(trial: Trial) -> None:
    """A mail cannot part from what it tells of."""
    with pytest.raises(OutsideTransaction):
        queue()


@pytest.mark.parametrize("failure", [kombu.exceptions.OperationalError("down"), OSError("disk full")])
def test_a_broker_that_is_down_loses_no_mail(trial: Trial, monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    """The action succeeds; the next look at the queue finds the mail."""

    def refuse(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr(celery_app, "send_task", refuse)
    with transaction.atomic():
        mail_id = queue()
    tasks.send_due()
    assert OutgoingMail.objects.get(pk=mail_id).state == "sent"


@pytest.mark.parametrize(
    "changes",
    [
        {"context": CONTEXT | {"school": "School\nBcc: all@evil.example"}},
        {"context": CONTEXT | {"child": "Zoë\x00"}},
        {"recipient": Recipient("a@home.example\nBcc: b@home.example", "g-1", "en")},
        {"recipient": Recipient("a@home.example,b@home.example", "g-1", "en")},
    ],
)
def test_what_could_forge_a_header_is_refused_at_once(trial: Trial, changes: dict[str, Any]) -> None:
    """The person who caused it sees the error; nothing is queued."""
    with pytest.raises(UnsafeText), transaction.atomic():
        queue(**changes)
    assert not OutgoingMail.objects.exists()


def test_what_the_portal_keeps_names_no_one_once_the_mail_is_sent(trial: Trial) -> None:
    """Address and texts leave the portal's own table; the catalog's row has its own retention."""
    with transaction.atomic():
        mail_id = queue()
    tasks.send(mail_id=mail_id)
    kept = json.dumps(OutgoingMail.objects.filter(pk=mail_id).values().get(), default=str)
    assert not any(word in kept for word in ("parent@home.example", "Zo", "Escuela"))
    assert NotificationQueue.objects.get(pk=mail_id).recipient_address == "parent@home.example"


def test_every_thread_of_a_web_server_publishes_to_the_portals_broker() -> None:
    """Celery knows its current application per thread; a thread without one would ask a broker of its own."""
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(lambda: current_app.main).result() == celery_app.main
