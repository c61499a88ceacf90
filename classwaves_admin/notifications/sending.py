"""Sends queued mails: claim, build, hand over, note the outcome, up to a hundred together.

    queued --claim--> sending --taken--> sent
                      sending --temporary failure--> queued (later) ... failed after MAX_ATTEMPTS
                      sending --permanent failure--> failed
                      sending --builder says NoLongerWanted--> cancelled

A batch is claimed in one transaction and goes over one connection. The claim is a lease: a worker that is
killed between claim and outcome loses it after rules.LEASE, and what it had not handed over is tried again
with the same Message-ID. A mail is noted as sent only after the server took it. That is marked on the mail
at once, by one statement; what follows from it (the catalog, the audit log) is noted for many together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from classwaves_admin.lib import clock
from classwaves_admin.notifications import catalog, claims, outcomes
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.own_texts import texts_of
from classwaves_admin.notifications.rules import MAX_ATTEMPTS, RENEW_AFTER
from classwaves_admin.notifications.transport import Line, NotSent
from classwaves_admin.notifications.writing import Secrets, secrets_of, write
from classwaves_admin.warehouse.outbox import gateway

# How long one look at the queue goes on, in seconds; the next one takes what is left.
LOOK = 60.0
# A process sends so many batches at once: while one waits for its server, the other writes. Its other threads
# stay free for the mail that a parent waits for.
SENDERS = 2
# Outcomes are noted so often, in seconds: a slow server does not hold back what is known.
NOTED_EVERY = 1.0

_senders = threading.BoundedSemaphore(SENDERS)


def deliver(*, mail_id: str, now: datetime) -> bool:
    """Send one mail if it is due and unclaimed; return whether it was handed over."""
    return bool(_send(claims.due(now).filter(pk=mail_id), now))


def deliver_due() -> int:
    """Send everything that is due, oldest first; return how many mails were handed over.

    Does nothing where SENDERS threads of this process are at it: each looks again after its batch.
    """
    ends = time.monotonic() + LOOK
    sent = 0
    while left := claims.taken_but_not_noted(clock.now()):
        outcomes.note_sent(left, now=clock.now())
    while time.monotonic() < ends and claims.due(clock.now()).exists():
        if not _senders.acquire(blocking=False):
            break
        try:
            with gateway.delivered_together():
                handed_over = _send(claims.due(clock.now()), clock.now())
        finally:
            _senders.release()
        if handed_over is None:
            break
        sent += handed_over
    return sent


def _send(rows: QuerySet[OutgoingMail], now: datetime) -> int | None:
    """Send up to a batch of the due `rows`; return how many were handed over, None where there was none to claim."""
    with transaction.atomic():
        claimed = claims.claim(rows, now)
        lost = [mail for mail in claimed if mail.attempts > MAX_ATTEMPTS]  # each of their workers died
        outcomes.note_failures(lost, reason="worker_lost", permanent=True, now=now)
        secrets = secrets_of([mail for mail in claimed if mail not in lost], now)
        mails = [mail for mail in claimed if mail.pk in secrets]
        catalog.follow({mail.pk: mail.attempts for mail in mails}, State.SENDING, now=now)
    return _carry(mails, secrets) if claimed else None


def _carry(mails: Sequence[OutgoingMail], secrets: Mapping[str, Secrets]) -> int:
    """Carry the mails to the server over one connection; return how many it took."""
    notes, claimed_at = _Notes(), time.monotonic()
    ours, texts = set(mails), texts_of(mail.text_id for mail in mails)
    try:
        with Line() as line:
            for place, mail in enumerate(mails):
                if time.monotonic() - claimed_at >= RENEW_AFTER.total_seconds():
                    ours, claimed_at = set(claims.renew(mails[place:], clock.now())), time.monotonic()
                if mail not in ours or (content := write(mail, secrets[mail.pk], texts, clock.now())) is None:
                    continue
                try:
                    line.hand_over(mail, content)
                except NotSent as failure:
                    notes.failed(failure, mails[place:] if failure.unreachable else [mail])
                    if failure.unreachable:
                        break
                else:
                    notes.took(mail)
    finally:
        notes.write()
    return notes.count


@dataclass(slots=True)
class _Notes:
    """Outcomes that are known and not noted yet. `count`: mails that the server took."""

    taken: list[OutgoingMail] = field(default_factory=list)
    failures: dict[tuple[str, bool, bool], list[OutgoingMail]] = field(default_factory=dict)
    written_at: float = field(default_factory=time.monotonic)
    count: int = 0

    def took(self, mail: OutgoingMail) -> None:
        """Keep that the server took the mail; the mark on it is written at once."""
        claims.mark_taken(mail, clock.now())
        self.taken.append(mail)
        self.count += 1
        self._write_in_time()

    def failed(self, failure: NotSent, mails: Sequence[OutgoingMail]) -> None:
        """Keep that an attempt failed."""
        kind = (failure.reason_code, failure.permanent, failure.address_refused)
        self.failures.setdefault(kind, []).extend(mails)
        self._write_in_time()

    def _write_in_time(self) -> None:
        if time.monotonic() - self.written_at >= NOTED_EVERY:
            self.write()

    def write(self) -> None:
        """Note everything."""
        taken, self.taken = self.taken, []
        failures, self.failures = self.failures, {}
        if taken:
            outcomes.note_sent(taken, now=clock.now())
        for (reason, permanent, refused), mails in failures.items():
            outcomes.note_failures(mails, reason=reason, permanent=permanent, address_refused=refused, now=clock.now())
        self.written_at = time.monotonic()
