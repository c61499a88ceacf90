"""Mails in the queue of the catalog, for tests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import NotificationQueue


def notice(user_id: str, address: str, **given: Any) -> NotificationQueue:
    """Save a mail that was sent."""
    sent = {"notification_type": "consent.invitation", "priority": "normal", "channel": "email", "status": "sent"}
    counts = {"retry_count": 0, "max_retries": 3}
    row = NotificationQueue(user_id=user_id, recipient_address=address, content="Words", **sent, **counts, **given)
    with guard.writing():
        row.save(force_insert=True)
    return row
