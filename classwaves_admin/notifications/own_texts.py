"""Chooses the words of a mail: a school's own where it has some that can be used, else the portal's.

A mail is bound to a text when it is queued, so that what the catalog keeps is what goes out. A text that cannot be used
never stops a mail: the portal's own goes out, and the text's page and a system event say so.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.models import MailText, TextState
from classwaves_admin.notifications.rendering import (
    Words,
    render,
    render_own,
    render_own_words,
    render_words,
)
from classwaves_admin.notifications.templates import templates_of
from classwaves_admin.notifications.wording.rules import Text
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import SystemEvent
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["OwnTexts", "as_text", "chosen", "texts_in_use", "texts_of", "words_of"]

logger = logging.getLogger(__name__)

# A school's text in use, by school, kind and language.
OwnTexts = Mapping[tuple[str, str, str], MailText]
EVENT = "mail.text_not_used"


def texts_in_use(of: Iterable[tuple[str | None, str]]) -> OwnTexts:
    """Return the texts in use of these schools and kinds: one query, whatever the scope of whoever queues a mail."""
    wanted = {(school_id, kind) for school_id, kind in of if school_id}
    if not wanted:
        return {}
    with system_scope(reason="a school's words hold for every mail about it"):
        rows = MailText.objects.filter(
            state=TextState.ACTIVE,
            school_id__in=sorted({school for school, _ in wanted if school}),
            kind__in=sorted({kind for _, kind in wanted}),
        )
        return {(one.school_id, one.kind, one.language): one for one in rows}


def texts_of(ids: Iterable[str]) -> Mapping[str, MailText]:
    """Return the texts that mails are bound to, by id: one query where there are any."""
    wanted = {one for one in ids if one}
    return MailText.objects.in_bulk(sorted(wanted)) if wanted else {}


def chosen(
    texts: OwnTexts, *, kind: str, language: str, school_id: str | None, context: Mapping[str, str]
) -> MailText | None:
    """Return the school's text for a mail; None where it has none, or where the portal's fits the person better."""
    if not texts or not school_id:
        return None
    try:
        wording = kinds.wording_of(kind)
    except LookupError:
        return None
    if any(context.get(name) for name in wording.shipped_for):
        return None
    return texts.get((school_id, kind, templates_of(kind, language).language))


def words_of(
    text: MailText | None,
    *,
    kind: str,
    language: str,
    context: Mapping[str, str],
    now: datetime,
    colour: str = "",
    whole: bool = True,
) -> tuple[Words, MailText | None]:
    """Write a mail in a school's words, or in the portal's where they cannot be used; return the text that was used.

    Without `whole` subject and plain text alone. Raises as `rendering.render`.
    """
    like: dict[str, Any] = {"kind": kind, "language": language, "context": context}
    if text is not None:
        own = as_text(text)
        try:
            return (render_own(own, **like, colour=colour) if whole else render_own_words(own, **like)), text
        except (LookupError, ValueError) as error:
            _note(text, error, now)
    return (render(**like, colour=colour) if whole else render_words(**like)), None


def as_text(row: MailText) -> Text:
    """Return what a row says."""
    return Text(row.subject, row.text, row.button)


def _note(text: MailText, error: Exception, now: datetime) -> None:
    """Note at the text that it could not be used, and once a day as an event of the system."""
    logger.warning("A text of a mail of kind %s cannot be used: %s", text.kind, type(error).__name__)
    if text.fell_back_at is not None and text.fell_back_at.date() == now.date():
        return
    with transaction.atomic():
        MailText.objects.filter(pk=text.pk).update(fell_back_at=now)
        text.fell_back_at = now
        gateway.insert(
            SystemEvent(
                id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"mail-text:{text.pk}:{now.date()}")),
                event_type=EVENT,
                severity="warning",
                component="mail",
                message=f"The school's text of {text.kind} in {text.language} was not used; the portal's went out.",
                error_details=f'{{"text": "{text.pk}", "error": "{type(error).__name__}"}}',
                school_id=text.school_id,
                created_at=now,
            )
        )
