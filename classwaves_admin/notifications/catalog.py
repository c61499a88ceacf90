"""Mirrors a mail in `notifications.notification_queue`: what was sent, to whom, when, without secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rendering import Content
from classwaves_admin.notifications.rules import CATALOG_STATUS, MAX_ATTEMPTS
from classwaves_admin.warehouse.models import NotificationQueue
from classwaves_admin.warehouse.outbox import gateway


def insert(mail: OutgoingMail, *, user_id: str, content: Content) -> None:
    """Write the row of a new mail in the caller's transaction; it has the mail's id."""
    gateway.insert(
        NotificationQueue(
            id=mail.id,
            user_id=user_id,
            notification_type=mail.kind,
            priority="normal",
            channel="email",
            recipient_address=mail.address,
            subject=content.subject,
            content=content.text,
            template_id=f"{mail.kind}/{content.language}",
            template_data=mail.context,
            scheduled_for=mail.next_attempt_at,
            retry_count=0,
            max_retries=MAX_ATTEMPTS - 1,
            status=CATALOG_STATUS[State.QUEUED],
            created_at=mail.created_at,
        )
    )


def follow(mail: OutgoingMail, *, now: datetime) -> None:
    """Bring the row to the state of the mail, in the caller's transaction."""
    values: dict[str, Any] = {
        "status": CATALOG_STATUS[State(mail.state)],
        "retry_count": max(mail.attempts - 1, 0),
        "sent_at": mail.sent_at,
        "failure_reason": mail.failure_reason or None,
    }
    if mail.state == State.QUEUED:
        values["scheduled_for"] = mail.next_attempt_at
    if mail.state in {State.FAILED, State.RETURNED}:
        values["failed_at"] = now
    gateway.update(NotificationQueue, mail.id, **values)
