"""Puts a mail on its way."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

import kombu.exceptions
from celery import current_app
from django.conf import settings
from django.db import connections, transaction

from classwaves_admin.lib.ids import new_id
from classwaves_admin.notifications import catalog, kinds
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rendering import PLACEHOLDER, render
from classwaves_admin.notifications.rules import checked_address, checked_context
from classwaves_admin.warehouse.outbox.gateway import OutsideTransaction

__all__ = ["Recipient", "queue_mail"]

logger = logging.getLogger(__name__)

SEND = "notifications.send"  # tasks.py, which stands above this module


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """Who gets a mail: one address, the id of the person (guardian, student or staff), their language."""

    address: str
    user_id: str
    language: str


def queue_mail(
    *,
    kind: str,
    recipient: Recipient,
    context: Mapping[str, str],
    school_id: str | None,
    refers_to: str,
    now: datetime,
) -> str:
    """Queue one mail in the caller's transaction and return its id.

    `context` holds plain texts without tokens; `refers_to` is the id with which the kind's builder
    finds the rest at sending time. The worker hears of the mail after the commit, by its id alone.

    Raises OutsideTransaction, UnknownKind, TemplateDoesNotExist, and UnsafeText for an address, a
    text or a subject that could forge a header.
    """
    if not connections["default"].in_atomic_block:
        raise OutsideTransaction("Queue a mail inside transaction.atomic(), together with what it tells of.")
    texts = checked_context(context)
    # Written once now, so that a mail that cannot be written fails here and not in the worker.
    secrets = dict.fromkeys(kinds.get(kind).secrets, PLACEHOLDER)
    content = render(kind=kind, language=recipient.language, context=texts | secrets)
    mail_id = new_id()
    mail = OutgoingMail(
        id=mail_id,
        kind=kind,
        address=checked_address(recipient.address),
        language=recipient.language,
        school_id=school_id or "",
        refers_to=refers_to,
        context=texts,
        next_attempt_at=now,
        message_id=f"<{mail_id}@{_domain()}>",
        created_at=now,
    )
    mail.save(force_insert=True)
    catalog.insert(mail, user_id=recipient.user_id, content=content)
    transaction.on_commit(lambda: _tell_worker(mail_id), robust=True)
    return mail_id


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def _tell_worker(mail_id: str) -> None:
    try:
        current_app.send_task(SEND, kwargs={"mail_id": mail_id}, retry=False)
    except (kombu.exceptions.OperationalError, OSError):
        logger.warning("The broker cannot be reached; the mail waits for the next look at the queue.")
