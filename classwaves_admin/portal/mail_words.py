"""What the pages about mails say in words: why one failed, and where it goes without saying to whom."""

from __future__ import annotations

import re

__all__ = ["failure_words", "masked", "tone"]

_FAILURES = {
    "no_connection": "The mail server could not be reached",
    "timeout": "The mail server did not answer in time",
    "disconnected": "The mail server ended the connection",
    "protocol": "The mail server answered in a way that nobody understands",
    "smtp_sign_in": "The mail server refused the portal’s sign-in: its set-up must be mended",
    "unknown_kind": "The worker does not know this kind of mail: it may be of another release",
    "cannot_build": "The mail could not be finished: a fault of the portal",
    "unsafe_text": "A text could have forged the head of the mail",
    "bad_header": "A text could have forged the head of the mail",
    "worker_lost": "Every worker that took it died",
    "returned": "It came back from the address",
    "refused": "The server says that there is no such mailbox",
    "complaint": "The receiver reported it as unwanted",
    "follow_up_failed": "It was sent, but what follows from it could not be noted",
    "answered_already": "Nobody needs it: there is an answer",
    "verified_already": "Nobody needs it: the answer is confirmed",
    "expired": "Nobody needs it: the time to answer is over",
    "called_back": "It was called back: a court order, or the office’s decision",
    "invitation_gone": "Nobody needs it: the request is gone",
    "nothing_on_record": "Nobody needs it: nothing is on record",
    "reminders_stopped": "The guardian has stopped reminders",
    "bounced": "Mails to this address come back",
    "file_gone": "Nobody needs it: the file is gone",
    "downloaded_already": "Nobody needs it: the file was taken already",
    "stopped_by_staff": "Stopped by a person",
}
_SMTP = re.compile(r"smtp_([45])(\d\d)")


def failure_words(code: str) -> str:
    """Return why a mail failed, waits or was stopped; a code that has no words is told as it is."""
    if code in _FAILURES:
        return _FAILURES[code]
    if found := _SMTP.fullmatch(code):
        said = f"{found[1]}{found[2]}"
        if found[1] == "4":
            return f"The mail server asks to try again later ({said})"
        return f"The mail server refused it for good ({said})"
    return f"Told by the code {code}"


def masked(address: str) -> str:
    """Return an address with its beginning alone, so that a list tells mails apart and names nobody."""
    name, at, domain = address.rpartition("@")
    if not at:
        return f"{address[:1]}•••" if address else "–"
    return f"{name[:1]}•••@{domain}"


_TONES = {
    "good": {"sent", "delivered", "opened"},
    "bad": {"failed", "returned", "bounced", "error"},
    "info": {"sending", "processing"},
    "wait": {"queued", "pending", "scheduled"},
}


def tone(state: str) -> str:
    """Return the tone in which the state of a mail is shown, whoever wrote it."""
    return next((found for found, words in _TONES.items() if state.strip().casefold() in words), "neutral")
