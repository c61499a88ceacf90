"""Mails of the portal, a school's texts of them, and rows of other services, for tests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.lib import clock
from classwaves_admin.notifications.models import MailText, OutgoingMail, State
from classwaves_admin.warehouse.models import NotificationQueue, School
from tests.factories.catalog import saved

WORDS = {"subject": "$school: please answer", "text": "For $children:\n\n$link\n\n$code_page $code\n\n$notice"}


def outgoing(school: School, **given: Any) -> OutgoingMail:
    """Save a mail that was sent."""
    defaults = {
        "kind": "consent.invitation",
        "language": "en",
        "school_id": school.pk,
        "refers_to": "invitation-1",
        "state": State.SENT,
        "attempts": 1,
        "sent_at": clock.now(),
        "taken_at": clock.now(),
        "message_id": "<made-up@portal.example>",
    }
    return OutgoingMail.objects.create(**(defaults | given))


def text(school: School, **given: Any) -> MailText:
    """Save a text of the invitation in English."""
    defaults = {"kind": "consent.invitation", "language": "en", "created_by": "teacher-1", **WORDS}
    return MailText.objects.create(**({"school_id": school.pk} | defaults | given))


def of_another_service(user_id: str, **given: Any) -> NotificationQueue:
    """Save a row of the catalog's queue that the portal did not write."""
    defaults = {
        "user_id": user_id,
        "notification_type": "session_summary",
        "priority": "normal",
        "channel": "push",
        "recipient_address": "device-1234",
        "content": "A summary is there.",
        "retry_count": 0,
        "max_retries": 3,
        "status": "sent",
    }
    return saved(NotificationQueue, defaults, given)
