"""Notes what became of a mail: the portal's row and the catalog's in one transaction."""

from __future__ import annotations

import logging
import random
import time
from datetime import datetime
from typing import Any

from django.db import transaction

from classwaves_admin.notifications import catalog, kinds
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rules import MAX_ATTEMPTS, REFUSED, SOURCES, pause_after

logger = logging.getLogger(__name__)

# A mail that has left must be noted, or it would be sent again: a busy database gets these pauses, in seconds.
PAUSES = (0.5, 2.0, None)
FOLLOW_UP_FAILED = "follow_up_failed"


def note_sent(mail: OutgoingMail, *, now: datetime) -> None:
    """Note that the server took the mail, and do what the kind's `on_sent` does, in one transaction.

    Where `on_sent` keeps failing, the mail is noted as sent without it, with a reason code and an
    error in the log: a parent who gets the same mail ten times is worse.
    """
    for pause in PAUSES:
        try:
            with transaction.atomic():
                _sent(mail, now, follow_up=True)
            return
        except Exception as error:  # noqa: BLE001 - whatever fails, the mail has left
            # The class alone: a traceback may hold personal data.
            logger.error("What follows a sent mail of kind %s failed: %s", mail.kind, type(error).__name__)  # noqa: TRY400
            if pause is not None:
                time.sleep(pause)
    with transaction.atomic():
        _sent(mail, now, follow_up=False)


def note_failure(
    mail: OutgoingMail, *, reason: str, permanent: bool, now: datetime, address_refused: bool = False
) -> None:
    """Note a failed attempt: the mail waits longer each time, or has failed for good.

    Where the server refused the very address, the kind is told so.
    """
    with transaction.atomic():
        if permanent or mail.attempts >= MAX_ATTEMPTS:
            if _move(mail, State.FAILED, now, failure_reason=reason, **_END):
                if address_refused:
                    _tell_kind(mail, mail.address, REFUSED, now)
                logger.warning("A mail of kind %s has failed: %s", mail.kind, reason)
        else:
            # Jitter keeps mails from knocking all at once when the server is back; it is no secret.
            later = now + pause_after(mail.attempts, jitter=random.uniform(0.8, 1.2))  # noqa: S311
            _move(mail, State.QUEUED, now, failure_reason=reason, next_attempt_at=later, claimed_at=None)


def note_cancelled(mail: OutgoingMail, *, reason: str, now: datetime) -> None:
    """Note that the mail is no longer wanted."""
    with transaction.atomic():
        _move(mail, State.CANCELLED, now, failure_reason=reason, **_END)


def note_returned(*, message_id: str, address: str, reason: str, now: datetime) -> bool:
    """Note that a mail came back from `address` or was reported as unwanted; return whether that is new.

    Nothing happens for a Message-ID that is not ours, nor a second time for the same mail.
    """
    wanted = f"<{message_id.strip().strip('<>')}>"
    mail_id = wanted[1:-1].partition("@")[0]
    with transaction.atomic():
        mail = OutgoingMail.objects.filter(pk=mail_id, message_id=wanted).first()
        if mail is None or not _move(mail, State.RETURNED, now, failure_reason=reason, **_END):
            return False
        _tell_kind(mail, address, reason, now)
    return True


# What a mail that has come to an end no longer needs.
_END: dict[str, Any] = {"address": "", "context": {}, "next_attempt_at": None, "claimed_at": None}


def _sent(mail: OutgoingMail, now: datetime, *, follow_up: bool) -> None:
    reason = "" if follow_up else FOLLOW_UP_FAILED
    moved = _move(mail, State.SENT, now, sent_at=now, failure_reason=reason, **_END)
    on_sent = kinds.get(mail.kind).on_sent
    if moved and follow_up and on_sent is not None:
        on_sent(mail_id=mail.id, refers_to=mail.refers_to, school_id=mail.school_id, now=now)


def _tell_kind(mail: OutgoingMail, address: str, reason: str, now: datetime) -> None:
    on_returned = kinds.get(mail.kind).on_returned
    if on_returned is not None:
        on_returned(
            mail_id=mail.id,
            refers_to=mail.refers_to,
            school_id=mail.school_id,
            address=address,
            reason=reason,
            now=now,
        )


def _move(mail: OutgoingMail, target: State, now: datetime, **values: Any) -> bool:
    """Change the state of the row if it may come from where it is; return whether it did.

    Except for `sent` and `returned`, only the worker that holds the claim may change it: `attempts` counts the claims.
    """
    rows = OutgoingMail.objects.filter(pk=mail.pk, state__in=SOURCES[target])
    if target not in {State.SENT, State.RETURNED}:
        rows = rows.filter(attempts=mail.attempts)
    if not rows.update(state=target, **values):
        return False
    catalog.follow(OutgoingMail.objects.get(pk=mail.pk), now=now)
    return True
