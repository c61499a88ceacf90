"""Finishes claimed mails: fresh secrets in the transaction of the claim, then the words."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import cast

from django.db import transaction
from django.template import TemplateDoesNotExist

from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.models import MailText, OutgoingMail
from classwaves_admin.notifications.outcomes import note_cancelled, note_failures
from classwaves_admin.notifications.own_texts import words_of
from classwaves_admin.notifications.rendering import Content
from classwaves_admin.notifications.rules import UnsafeText
from classwaves_admin.schools.look import sender_of

logger = logging.getLogger(__name__)

Secrets = Mapping[str, str]


def secrets_of(mails: Sequence[OutgoingMail], now: datetime) -> dict[str, Secrets]:
    """Return fresh secrets by mail id, in the caller's transaction.

    What cannot or need not be built is noted and left out.
    """
    found: dict[str, Secrets] = {}
    by_kind = attrgetter("kind")
    for name, group in groupby(sorted(mails, key=by_kind), key=by_kind):
        of_kind = list(group)
        try:
            kind = kinds.get(name)
        except kinds.UnknownKind:
            # A worker of the release before meets a mail of the one after: the next attempt may be the other's.
            note_failures(of_kind, reason="unknown_kind", permanent=False, now=now)
            continue
        built = _together(kind, of_kind, now)
        for mail in of_kind:
            given = _alone(kind, mail, now) if built is None else built[mail.refers_to]
            if isinstance(given, kinds.NoLongerWanted):
                note_cancelled([mail], reason=given.reason_code, now=now)
            elif given is not None:
                found[mail.pk] = given
    return found


def _together(kind: kinds.Kind, mails: Sequence[OutgoingMail], now: datetime) -> Mapping[str, kinds.Built] | None:
    """Return what the kind builds for all of them, or None where they are to be built one by one."""
    if kind.builds is None or len(mails) == 1:
        return None
    try:
        with transaction.atomic():
            return kind.build_all(refers_to=dict.fromkeys(mail.refers_to for mail in mails), now=now)
    except Exception as error:  # noqa: BLE001 - one mail's fault must not stop the others
        logger.error("Mails of kind %s cannot be built together: %s", kind.name, type(error).__name__)  # noqa: TRY400
        return None


def _alone(kind: kinds.Kind, mail: OutgoingMail, now: datetime) -> kinds.Built | None:
    """Return one mail's secrets, or why nobody needs it; None where it cannot be built, which is noted."""
    try:
        with transaction.atomic():  # a builder that fails leaves nothing behind
            return kind.build(refers_to=mail.refers_to, now=now)
    except kinds.NoLongerWanted as reason:
        return reason
    except Exception as error:  # noqa: BLE001 - one kind's fault must not stop the others
        _note_fault(mail, error, now)
    return None


def write(mail: OutgoingMail, secrets: Secrets, texts: Mapping[str, MailText], now: datetime) -> Content | None:
    """Return a claimed mail's words; None where it cannot be written, which is noted.

    `texts` are those that mails are bound to, by id.
    """
    try:
        content = _content(mail, {**mail.context, **secrets}, texts.get(mail.text_id), now)
        headers = kinds.get(mail.kind).headers
        return replace(content, headers=headers(secrets)) if headers else content
    except UnsafeText:
        note_failures([mail], reason="unsafe_text", permanent=True, now=now)
    except TemplateDoesNotExist:
        note_failures([mail], reason="unknown_kind", permanent=False, now=now)
    except Exception as error:  # noqa: BLE001 - one kind's fault must not stop the others
        _note_fault(mail, error, now)
    return None


def _content(mail: OutgoingMail, context: Secrets, text: MailText | None, now: datetime) -> Content:
    kind = kinds.get(mail.kind)
    if kind.writes is not None:
        return cast(Content, kind.writes(language=mail.language, context=context))
    colour = sender_of(mail.school_id).colour
    words, _ = words_of(text, kind=mail.kind, language=mail.language, context=context, now=now, colour=colour)
    return cast(Content, words)


def _note_fault(mail: OutgoingMail, error: Exception, now: datetime) -> None:
    # The class alone: a traceback may hold personal data.
    logger.error("A mail of kind %s cannot be built: %s", mail.kind, type(error).__name__)
    note_failures([mail], reason="cannot_build", permanent=False, now=now)
