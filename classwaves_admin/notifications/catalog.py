"""Mirrors mails in `notifications.notification_queue`: what was sent, to whom, when, without secrets."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rendering import Words
from classwaves_admin.notifications.rules import CATALOG_STATUS, MAX_ATTEMPTS
from classwaves_admin.warehouse.models import NotificationQueue
from classwaves_admin.warehouse.outbox import gateway


class NewMail(NamedTuple):
    """A mail that was just written: its row, whose inbox it goes to, and its words without secrets."""

    mail: OutgoingMail
    user_id: str
    words: Words


def insert(mails: Iterable[NewMail]) -> None:
    """Write the rows of new mails in the caller's transaction; each has its mail's id."""
    gateway.insert_all([_row(*one) for one in mails])


def _row(mail: OutgoingMail, user_id: str, words: Words) -> NotificationQueue:
    return NotificationQueue(
        id=mail.id,
        user_id=user_id,
        notification_type=mail.kind,
        priority="normal",
        channel="email",
        recipient_address=mail.address,
        subject=words.subject,
        content=words.text,
        template_id=row_id_of(mail.text_id) if mail.text_id else f"{mail.kind}/{words.language}",
        template_data=mail.context,
        scheduled_for=mail.next_attempt_at,
        retry_count=0,
        max_retries=MAX_ATTEMPTS - 1,
        status=CATALOG_STATUS[State.QUEUED],
        created_at=mail.created_at,
    )


def row_id_of(text_id: str) -> str:
    """Return the id of the row of `notifications.templates` that mirrors a school's own text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mail-text:{text_id}"))


def follow(attempts: Mapping[str, int], state: State, *, now: datetime, **values: Any) -> None:
    """Bring the rows of mails to their state, in the caller's transaction.

    `attempts` gives for each mail's id how often it was claimed; `values` are what was set on all of them:
    `sent_at`, `failure_reason`, `next_attempt_at`.
    """
    shared: dict[str, Any] = {
        "status": CATALOG_STATUS[state],
        "failure_reason": values.get("failure_reason") or None,
    }
    if state is State.SENT:
        shared["sent_at"] = values["sent_at"]
    if state is State.QUEUED:
        shared["scheduled_for"] = values["next_attempt_at"]
    if state in {State.FAILED, State.RETURNED}:
        shared["failed_at"] = now
    counts = [(mail_id, max(count - 1, 0)) for mail_id, count in attempts.items()]
    gateway.update_many(NotificationQueue, ["id", "retry_count"], counts, **shared)
