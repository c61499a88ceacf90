"""Sends queued mails: claim, build, hand over, note the outcome.

    queued --claim--> sending --taken--> sent
                      sending --temporary failure--> queued (later) ... failed after MAX_ATTEMPTS
                      sending --permanent failure--> failed
                      sending --builder says NoLongerWanted--> cancelled

The claim is one conditional UPDATE, so two workers never send the same mail. It is a lease: a worker
that is killed between claim and outcome loses it after rules.LEASE, and the mail is tried again with
the same Message-ID. A mail is noted as sent only after the server took it.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template import TemplateDoesNotExist

from classwaves_admin.lib import clock
from classwaves_admin.notifications import catalog, kinds, outcomes
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.rendering import Content, render
from classwaves_admin.notifications.rules import LEASE, MAX_ATTEMPTS, UnsafeText
from classwaves_admin.notifications.transport import NotSent, hand_over

logger = logging.getLogger(__name__)

BATCH = 20
# How long one look at the queue goes on, in seconds; the next one takes what is left.
LOOK = 60.0


def deliver(*, mail_id: str, now: datetime) -> bool:
    """Send one mail if it is due and unclaimed; return whether it was handed over."""
    claimed = _claim(mail_id, now)
    if claimed is None:
        return False
    mail, content = claimed
    try:
        hand_over(mail, content)
    except NotSent as failure:
        outcomes.note_failure(
            mail,
            reason=failure.reason_code,
            permanent=failure.permanent,
            address_refused=failure.address_refused,
            now=clock.now(),
        )
        return False
    outcomes.note_sent(mail, now=clock.now())
    return True


def deliver_due() -> int:
    """Send everything that is due, oldest first; return how many mails were handed over."""
    ends = time.monotonic() + LOOK
    sent = 0
    while time.monotonic() < ends:
        waiting = list(_due(clock.now()).order_by("next_attempt_at", "id").values_list("pk", flat=True)[:BATCH])
        if not waiting:
            break
        sent += sum(deliver(mail_id=mail_id, now=clock.now()) for mail_id in waiting)
    return sent


def _due(now: datetime) -> QuerySet[OutgoingMail]:
    """Return the mails that wait for this moment, and those whose worker has been silent for LEASE."""
    return OutgoingMail.objects.filter(
        Q(state=State.QUEUED, next_attempt_at__lte=now) | Q(state=State.SENDING, claimed_at__lte=now - LEASE)
    )


def _claim(mail_id: str, now: datetime) -> tuple[OutgoingMail, Content] | None:
    """Claim and write a mail in one transaction. Return None where there is nothing to send."""
    with transaction.atomic():
        if not _due(now).filter(pk=mail_id).update(state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1):
            return None
        mail = OutgoingMail.objects.get(pk=mail_id)
        if mail.attempts > MAX_ATTEMPTS:  # each of its workers died
            outcomes.note_failure(mail, reason="worker_lost", permanent=True, now=now)
            return None
        content = _write(mail, now)
        if content is not None:
            catalog.follow(mail, now=now)
    return None if content is None else (mail, content)


def _write(mail: OutgoingMail, now: datetime) -> Content | None:
    """Return the mail with fresh secrets; where it cannot or need not be written, note that."""
    try:
        with transaction.atomic():  # a builder that fails leaves nothing behind
            kind = kinds.get(mail.kind)
            secrets = kind.build(refers_to=mail.refers_to, now=now)
            content = render(kind=mail.kind, language=mail.language, context={**mail.context, **secrets})
            return replace(content, headers=kind.headers(secrets)) if kind.headers else content
    except kinds.NoLongerWanted as reason:
        outcomes.note_cancelled(mail, reason=reason.reason_code, now=now)
    except UnsafeText:
        outcomes.note_failure(mail, reason="unsafe_text", permanent=True, now=now)
    except (kinds.UnknownKind, TemplateDoesNotExist):
        # A worker of the release before meets a mail of the one after: the next attempt may be the other's.
        outcomes.note_failure(mail, reason="unknown_kind", permanent=False, now=now)
    except Exception as error:  # noqa: BLE001 - one kind's fault must not stop the others
        # The class alone: a traceback may hold personal data.
        logger.error("A mail of kind %s cannot be built: %s", mail.kind, type(error).__name__)  # noqa: TRY400
        outcomes.note_failure(mail, reason="cannot_build", permanent=False, now=now)
    return None
