"""Claims mails for a worker, so that two never send the same one, and marks those that the server took."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import DatabaseError, connections
from django.db.models import F, Q, QuerySet

from classwaves_admin.lib.many_rows import update_rows
from classwaves_admin.lib.quick_commit import quick_commit
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rules import BATCH, LEASE

logger = logging.getLogger(__name__)


def due(now: datetime) -> QuerySet[OutgoingMail]:
    """Return the mails that wait for this moment, and those whose worker has been silent for LEASE."""
    waiting = Q(state=State.QUEUED, next_attempt_at__lte=now)
    return OutgoingMail.objects.filter(waiting | _abandoned(now), taken_at=None)


def _abandoned(now: datetime) -> Q:
    return Q(state=State.SENDING, claimed_at__lte=now - LEASE)


def claim(rows: QuerySet[OutgoingMail], now: datetime) -> list[OutgoingMail]:
    """Claim up to BATCH of the due `rows` in the caller's transaction, oldest first.

    What another worker is about to claim is passed by, not waited for.
    """
    waiting = rows.select_for_update(skip_locked=True).order_by("next_attempt_at", "id")
    ids = list(waiting.values_list("pk", flat=True)[:BATCH])
    claimed = OutgoingMail.objects.filter(pk__in=ids)
    claimed.update(state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1, failure_reason="")
    return list(claimed.order_by("next_attempt_at", "id"))


def renew(mails: Sequence[OutgoingMail], now: datetime) -> list[OutgoingMail]:
    """Renew the claim of the mails; return those of them that are still this worker's."""
    ours = OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails], state=State.SENDING)
    attempts = dict(ours.values_list("pk", "attempts"))
    kept = [mail for mail in mails if attempts.get(mail.pk) == mail.attempts]
    ours.filter(pk__in=[mail.pk for mail in kept]).update(claimed_at=now)
    return kept


def mark_taken(mail: OutgoingMail, now: datetime) -> None:
    """Mark a mail as taken by the server, in a transaction of its own: from here on nobody sends it again.

    The mark does not wait for the disk: the outcome, which is noted soon, does and says the same.
    """
    try:
        with quick_commit():
            update_rows(connections["default"], OutgoingMail, ["id", "taken_at"], [(mail.pk, now)])
    except DatabaseError as error:
        logger.warning("A mail of kind %s could not be marked as taken: %s", mail.kind, type(error).__name__)


def taken_but_not_noted(now: datetime) -> list[OutgoingMail]:
    """Return up to BATCH mails that the server took from a worker that has been silent for LEASE."""
    left = OutgoingMail.objects.filter(Q(state=State.QUEUED) | _abandoned(now), taken_at__isnull=False, sent_at=None)
    return list(left.order_by("taken_at")[:BATCH])
