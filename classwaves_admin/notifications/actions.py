"""Puts mails on their way."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

import kombu.exceptions
from celery import current_app
from django.conf import settings
from django.db import connections, transaction

from classwaves_admin.lib.ids import new_id
from classwaves_admin.lib.many_rows import insert_objects
from classwaves_admin.notifications import catalog, kinds
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.own_texts import OwnTexts, chosen, texts_in_use, words_of
from classwaves_admin.notifications.rendering import PLACEHOLDER, Words
from classwaves_admin.notifications.rules import checked_address, checked_context
from classwaves_admin.warehouse.outbox.gateway import OutsideTransaction

__all__ = ["Draft", "Recipient", "queue_mail", "queue_mails", "tell_worker"]

logger = logging.getLogger(__name__)

# tasks.py, which stands above this module
SEND = "notifications.send"
SEND_DUE = "notifications.send_due"


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """Who gets a mail: one address, the id of the person (guardian, student or staff), their language."""

    address: str
    user_id: str
    language: str


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A mail to be queued.

    `context` holds plain texts without tokens; `refers_to` is the id with which the kind's builder
    finds the rest at sending time.
    """

    kind: str
    recipient: Recipient
    context: Mapping[str, str]
    school_id: str | None
    refers_to: str


def queue_mail(
    *,
    kind: str,
    recipient: Recipient,
    context: Mapping[str, str],
    school_id: str | None,
    refers_to: str,
    now: datetime,
) -> str:
    """Queue one mail, as `queue_mails` does many, and return its id."""
    return queue_mails([Draft(kind, recipient, context, school_id, refers_to)], now=now)[0]


def queue_mails(drafts: Sequence[Draft], *, now: datetime) -> list[str]:
    """Queue mails in the caller's transaction and return their ids.

    The worker hears of them after the commit: of one by its id alone, of many by a call to look.

    Raises OutsideTransaction, UnknownKind, TemplateDoesNotExist, and UnsafeText for an address, a
    text or a subject that could forge a header; then none is queued.
    """
    if not connections["default"].in_atomic_block:
        raise OutsideTransaction("Queue a mail inside transaction.atomic(), together with what it tells of.")
    written: set[tuple[str, str, str]] = set()
    own = texts_in_use((draft.school_id, draft.kind) for draft in drafts)
    mails = [_written(draft, own, written, now) for draft in drafts]
    insert_objects(connections["default"], [one.mail for one in mails])
    catalog.insert(mails)
    ids = [one.mail.pk for one in mails]
    transaction.on_commit(lambda: tell_worker(ids), robust=True)
    return ids


def _written(draft: Draft, own: OwnTexts, written: set[tuple[str, str, str]], now: datetime) -> catalog.NewMail:
    """Write a mail, so that one that cannot be written fails here and not in the worker.

    `own` are the texts of schools. `written` names the kinds, languages and texts of which one was written whole: the
    HTML of the others is no different but for values, which are escaped.
    """
    texts = checked_context(draft.context)
    kind, language = kinds.get(draft.kind), draft.recipient.language
    context = texts | dict.fromkeys(kind.secrets, PLACEHOLDER)
    text = chosen(own, kind=kind.name, language=language, school_id=draft.school_id, context=texts)
    if kind.writes is not None:
        words: Words = kind.writes(language=language, context=context)
    else:
        like = (kind.name, language, text.pk if text else "")
        whole = like not in written
        words, text = words_of(text, kind=kind.name, language=language, context=context, now=now, whole=whole)
        written.add(like)
    mail_id = new_id()
    mail = OutgoingMail(
        id=mail_id,
        kind=draft.kind,
        address=checked_address(draft.recipient.address),
        language=draft.recipient.language,
        text_id=text.pk if text else "",
        school_id=draft.school_id or "",
        refers_to=draft.refers_to,
        context=texts,
        next_attempt_at=now,
        message_id=f"<{mail_id}@{_domain()}>",
        created_at=now,
    )
    return catalog.NewMail(mail, draft.recipient.user_id, words)


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def tell_worker(mail_ids: Sequence[str]) -> None:
    """Tell the worker of mails that wait, after a commit. Where the broker is away, the timetable finds them."""
    try:
        if len(mail_ids) == 1:
            current_app.send_task(SEND, kwargs={"mail_id": mail_ids[0]}, retry=False)
        elif mail_ids:
            current_app.send_task(SEND_DUE, retry=False)
    except (kombu.exceptions.OperationalError, OSError):
        logger.warning("The broker cannot be reached; the mail waits for the next look at the queue.")
