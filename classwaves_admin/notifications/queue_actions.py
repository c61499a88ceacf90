"""What staff do with single mails: send one again that failed, stop one that waits.

A mail is never sent twice. One that the server has taken, or that a worker holds at this moment, can neither be sent
again nor stopped. A mail goes again to the address that counts today, which its kind is asked for: links must not
follow an address that somebody has changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.notifications import catalog, kinds
from classwaves_admin.notifications.actions import tell_worker
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.outcomes import note_cancelled
from classwaves_admin.notifications.rules import UnsafeText, checked_context, is_address
from classwaves_admin.warehouse.models import NotificationQueue
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["MOST_AT_ONCE", "STOPPED", "NotAgain", "resend", "stop"]

STOPPED = "stopped_by_staff"
# Mails that go again together; what is left waits for another press.
MOST_AT_ONCE = 200


class NotAgain(StrEnum):
    """Why a mail does not go again; the value is what people read."""

    NOT_FAILED = "It has not failed, or goes again already."
    KIND = "Mails of this kind are not sent again from here."
    NO_ADDRESS = "There is no address any more to which it may go."
    NO_COPY = "The catalog does not have its words any more."


def resend(*, mail_ids: Sequence[str], by: Actor, now: datetime) -> dict[str, NotAgain]:
    """Let failed mails in scope go again, and return those that do not, with the reason: one warehouse query."""
    copies = {row.pk: row for row in NotificationQueue.objects.filter(pk__in=list(mail_ids[:MOST_AT_ONCE]))}
    left: dict[str, NotAgain] = {}
    with transaction.atomic():
        failed = OutgoingMail.objects.select_for_update().filter(
            pk__in=list(mail_ids[:MOST_AT_ONCE]), state=State.FAILED, taken_at=None
        )
        found = {mail.pk: mail for mail in failed.order_by("pk")}
        for mail_id in mail_ids[:MOST_AT_ONCE]:
            mail = found.get(mail_id)
            why = NotAgain.NOT_FAILED if mail is None else _again(mail, copies.get(mail_id), by, now)
            if why:
                left[mail_id] = why
        gone = [mail_id for mail_id in found if mail_id not in left]
        transaction.on_commit(lambda: tell_worker(gone), robust=True)
    return left


def stop(*, mail_id: str, by: Actor, now: datetime) -> bool:
    """Stop a mail in scope that waits; return False where a worker or the server has it already."""
    with transaction.atomic():
        waits = OutgoingMail.objects.select_for_update().filter(pk=mail_id, state=State.QUEUED, taken_at=None)
        mail = waits.first()
        if mail is None:
            return False
        note_cancelled([mail], reason=STOPPED, now=now)
        _audit("mail.cancelled", mail, by, now)
    return True


def _again(mail: OutgoingMail, copy: NotificationQueue | None, by: Actor, now: datetime) -> NotAgain | None:
    """Put a failed mail, which is held, into the queue; return why not."""
    try:
        address_of = kinds.get(mail.kind).address
    except kinds.UnknownKind:
        address_of = None
    if address_of is None:
        return NotAgain.KIND
    address = address_of(refers_to=mail.refers_to)
    if not is_address(address):
        return NotAgain.NO_ADDRESS
    context = _context(copy)
    if context is None:
        return NotAgain.NO_COPY
    mail.address, mail.context = address, context
    mail.state, mail.attempts, mail.failure_reason = State.QUEUED, 0, ""
    mail.next_attempt_at, mail.claimed_at = now, None
    mail.save()
    catalog.follow({mail.pk: 0}, State.QUEUED, now=now, next_attempt_at=now)
    gateway.update(NotificationQueue, mail.pk, recipient_address=address)
    _audit("mail.resent", mail, by, now)
    return None


def _context(copy: NotificationQueue | None) -> dict[str, str] | None:
    """Return the texts of a mail from the catalog's row, which others may have changed; None where it has none."""
    data: Any = copy.template_data if copy is not None else None
    if not isinstance(data, dict) or not all(isinstance(one, str) for pair in data.items() for one in pair):
        return None
    try:
        return checked_context(data)
    except UnsafeText:
        return None


def _audit(event: str, mail: OutgoingMail, by: Actor, now: datetime) -> None:
    record(
        event,
        by=by,
        school_id=mail.school_id or None,
        resource=("mail", mail.pk),
        data={"kind": mail.kind},
        at=now,
    )
