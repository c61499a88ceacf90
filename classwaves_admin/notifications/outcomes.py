"""Notes what became of mails: the portal's rows and the catalog's in one transaction, for many mails at once."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction

from classwaves_admin.lib.ids import new_id
from classwaves_admin.notifications import catalog, kinds
from classwaves_admin.notifications.kinds import Sent
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rules import MAX_ATTEMPTS, REFUSED, SOURCES, pause_after
from classwaves_admin.warehouse.models import SystemEvent
from classwaves_admin.warehouse.outbox import gateway

logger = logging.getLogger(__name__)

# A mail that has left must be noted, or it would be sent again: a busy database gets these pauses, in seconds.
PAUSES = (0.5, 2.0, None)
FOLLOW_UP_FAILED = "follow_up_failed"
FAILED = "mail.failed"


def note_sent(mails: Sequence[OutgoingMail], *, now: datetime) -> None:
    """Note that the server took the mails, and do what their kinds' `on_sent` do, in one transaction.

    Where that fails, each is noted by itself, so that the fault of one is not the others'.
    """
    if len(mails) > 1:
        try:
            with transaction.atomic():
                _sent(mails, now, follow_up=True)
        except Exception as error:  # noqa: BLE001 - whatever fails, the mails have left
            _tell(mails[0], error)
        else:
            return
    for mail in mails:
        _note_one_sent(mail, now)


def _note_one_sent(mail: OutgoingMail, now: datetime) -> None:
    """Note one mail as sent.

    Where `on_sent` keeps failing, the mail is noted as sent without it, with a reason code and an
    error in the log: a parent who gets the same mail ten times is worse.
    """
    for pause in PAUSES:
        try:
            with transaction.atomic():
                _sent([mail], now, follow_up=True)
            return
        except Exception as error:  # noqa: BLE001 - whatever fails, the mail has left
            _tell(mail, error)
            if pause is not None:
                time.sleep(pause)
    with transaction.atomic():
        _sent([mail], now, follow_up=False)


def _tell(mail: OutgoingMail, error: Exception) -> None:
    # The class alone: a traceback may hold personal data.
    logger.error("What follows a sent mail of kind %s failed: %s", mail.kind, type(error).__name__)


def note_failures(
    mails: Collection[OutgoingMail], *, reason: str, permanent: bool, now: datetime, address_refused: bool = False
) -> None:
    """Note a failed attempt of each: the mail waits longer each time, or has failed for good.

    Where the server refused the very address, the kind is told so.
    """
    by_attempts = attrgetter("attempts")
    with transaction.atomic():
        for attempts, group in groupby(sorted(mails, key=by_attempts), key=by_attempts):
            if permanent or attempts >= MAX_ATTEMPTS:
                for mail in _move(list(group), State.FAILED, now, failure_reason=reason, **_END):
                    if address_refused:
                        _tell_kind(mail, mail.address, REFUSED, now)
                    _tell_classwaves(mail, reason, now)
                    logger.warning("A mail of kind %s has failed: %s", mail.kind, reason)
            else:
                # Jitter keeps workers from knocking all at once when the server is back; it is no secret.
                later = now + pause_after(attempts, jitter=random.uniform(0.8, 1.2))  # noqa: S311
                again: dict[str, Any] = {"next_attempt_at": later, "claimed_at": None}
                _move(list(group), State.QUEUED, now, failure_reason=reason, **again)


def note_cancelled(mails: Sequence[OutgoingMail], *, reason: str, now: datetime) -> None:
    """Note that the mails are no longer wanted."""
    with transaction.atomic():
        _move(mails, State.CANCELLED, now, failure_reason=reason, **_END)


def cancel_waiting(*, refers_to: Collection[str], reason: str, now: datetime) -> int:
    """Cancel the mails about these things that no worker has taken yet; return how many. Their addresses go."""
    with transaction.atomic():
        waiting = list(OutgoingMail.objects.filter(state=State.QUEUED, refers_to__in=refers_to))
        return len(_move(waiting, State.CANCELLED, now, failure_reason=reason, **_END))


def note_returned(*, reference: str, address: str, reason: str, now: datetime) -> bool:
    """Note that a mail came back from `address` or was reported as unwanted; return whether that is new.

    `reference` is the mail's Message-ID, or its id as we gave it to the mail service. Nothing happens for one that is
    not ours, nor a second time for the same mail.
    """
    wanted = reference.strip().strip("<>")
    mail_id, at, _ = wanted.partition("@")
    with transaction.atomic():
        mail = OutgoingMail.objects.filter(pk=mail_id).first()
        if mail is None or (at and mail.message_id != f"<{wanted}>"):
            return False
        if not _move([mail], State.RETURNED, now, failure_reason=reason, **_END):
            return False
        _tell_kind(mail, address, reason, now)
        _tell_classwaves(mail, reason, now)
    return True


def _tell_classwaves(mail: OutgoingMail, reason: str, now: datetime) -> None:
    """Note a mail of no school that reached nobody as an event of the system: no office has it in its list."""
    if not mail.school_id:
        event = SystemEvent(
            id=new_id(),
            event_type=FAILED,
            severity="warning",
            component="mail",
            message=f"A mail of the kind {mail.kind} reached nobody: {reason}. It is of no school.",
            created_at=now,
        )
        gateway.insert(event)


# What a mail that has come to an end no longer needs.
_END: dict[str, Any] = {"address": "", "context": {}, "next_attempt_at": None, "claimed_at": None}


# What is true whoever says it, also a worker whose claim had run out.
_SAID_LATE = frozenset({State.SENT, State.RETURNED})


def _sent(mails: Sequence[OutgoingMail], now: datetime, *, follow_up: bool) -> None:
    reason = "" if follow_up else FOLLOW_UP_FAILED
    moved = _move(mails, State.SENT, now, sent_at=now, failure_reason=reason, **_END)
    if follow_up:
        by_kind = attrgetter("kind")
        for kind, group in groupby(sorted(moved, key=by_kind), key=by_kind):
            _follow_up(kinds.get(kind), [Sent(mail.pk, mail.refers_to, mail.school_id) for mail in group], now)


def _follow_up(kind: kinds.Kind, sent: Sequence[Sent], now: datetime) -> None:
    if kind.on_all_sent is not None and len(sent) > 1:
        kind.on_all_sent(sent, now=now)
    elif kind.on_sent is not None:
        for mail in sent:
            kind.on_sent(mail_id=mail.mail_id, refers_to=mail.refers_to, school_id=mail.school_id, now=now)


def _tell_kind(mail: OutgoingMail, address: str, reason: str, now: datetime) -> None:
    try:
        on_returned = kinds.get(mail.kind).on_returned
    except kinds.UnknownKind:  # a mail of the release before
        return
    if on_returned is not None:
        on_returned(
            mail_id=mail.id,
            refers_to=mail.refers_to,
            school_id=mail.school_id,
            address=address,
            reason=reason,
            now=now,
        )


def _move(mails: Sequence[OutgoingMail], target: State, now: datetime, **values: Any) -> list[OutgoingMail]:
    """Change the state of the rows that may come from where they are; return those.

    Except for `sent` and `returned`, only the worker that holds the claim may change it: `attempts` counts the claims.
    """
    rows = OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails], state__in=SOURCES[target])
    attempts = dict(rows.select_for_update().order_by("pk").values_list("pk", "attempts"))
    moved = [
        mail for mail in mails if mail.pk in attempts and (target in _SAID_LATE or attempts[mail.pk] == mail.attempts)
    ]
    if moved:
        ids = [mail.pk for mail in moved]
        OutgoingMail.objects.filter(pk__in=ids).update(state=target, **values)
        catalog.follow({pk: attempts[pk] for pk in ids}, target, now=now, **values)
    return moved
