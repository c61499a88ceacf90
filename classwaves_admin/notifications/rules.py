"""How a mail moves from state to state and when it is tried again: pure, without clock or database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from classwaves_admin.notifications.models import State

# A worker that dies keeps its claim for so long. Longer than any exchange with a mail server, whose
# single steps end after settings.EMAIL_TIMEOUT.
LEASE = timedelta(minutes=5)
# A worker with many mails renews its claim so often: both together leave time for one slow exchange.
RENEW_AFTER = timedelta(minutes=1)
# Mails that one worker claims together and carries over one connection.
BATCH = 100
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
# 1, 2, 4 ... minutes: the last attempt comes about eight hours after the first.
MAX_ATTEMPTS = 10
SUBJECT_LENGTH = 200

# From which states a mail may come into a state. A mail that was sent counts as sent even where its
# claim had run out and it waits again, since the server has it. One that came back is never sent again: the
# report may be quicker than the worker that notes what it sent.
SOURCES: Mapping[State, tuple[State, ...]] = {
    State.QUEUED: (State.SENDING, State.FAILED),
    State.SENDING: (State.QUEUED, State.SENDING),
    State.SENT: (State.SENDING, State.QUEUED),
    State.FAILED: (State.SENDING,),
    State.RETURNED: (State.SENT, State.SENDING, State.QUEUED),
    State.CANCELLED: (State.SENDING, State.QUEUED),
}
# Values of `notifications.notification_queue.status`.
CATALOG_STATUS: Mapping[State, str] = {
    State.QUEUED: "pending",
    State.SENDING: "sending",
    State.SENT: "sent",
    State.FAILED: "failed",
    State.RETURNED: "returned",
    State.CANCELLED: "cancelled",
}

# Why no mail reaches an address: the server refused it at once, sent it back later, or the receiver complained.
REFUSED, RETURNED, COMPLAINT = "refused", "returned", "complaint"

# A server's answer: its code where it has one, and the enhanced code (RFC 3463) where it has one.
_ANSWER = re.compile(r"\s*(?P<code>[245]\d\d)?[\s-]*(?:(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})\b)?")
# "No such mailbox" (RFC 5321) where the words have no enhanced code; 554 may be about us.
_NO_SUCH_MAILBOX = frozenset({"550", "551", "553"})
_CLOSED_MAILBOX = "5.2.1"

# Newlines and tabs may stand in a text; the other control characters have no place in a mail.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HEADER_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class UnsafeText(ValueError):
    """A text that could forge a header or break the mail. The message never repeats the text."""


def pause_after(attempts: int, *, jitter: float = 1.0) -> timedelta:
    """Return how long to wait after so many attempts: doubling, at most LONGEST_PAUSE, times `jitter`."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE) * jitter


def refuses_the_address(answer: str) -> bool | None:
    """Tell whether a server's answer means that the mailbox does not exist or is closed; None where it says nothing.

    A full mailbox, a refused relay and a refused text say nothing lasting about the address.
    """
    read = _ANSWER.match(answer)
    code, enhanced = (read["code"], read["enhanced"]) if read else (None, None)
    if enhanced:
        return enhanced.startswith("5.1.") or enhanced == _CLOSED_MAILBOX
    return code in _NO_SUCH_MAILBOX if code else None


def checked_context(context: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of a mail. Raises UnsafeText for a value with control characters."""
    for name, value in context.items():
        if _CONTROL.search(value):
            raise UnsafeText(f"The text {name!r} of a mail must have no control characters.")
    return dict(context)


def checked_subject(text: str) -> str:
    """Return a subject line. Raises UnsafeText where it is empty, too long, or more than one line."""
    subject = text.strip(" \n")
    if not subject or len(subject) > SUBJECT_LENGTH or _HEADER_CONTROL.search(subject):
        raise UnsafeText(f"A subject is one line of 1 to {SUBJECT_LENGTH} characters.")
    return subject


def is_address(text: str) -> bool:
    """Tell whether a mail can be sent to this."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def checked_address(address: str) -> str:
    """Return an address. Raises UnsafeText for anything else, without repeating it."""
    if not is_address(address):
        raise UnsafeText("A recipient needs one e-mail address.")
    return address
