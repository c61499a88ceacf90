"""Whether the catalog answers again, for pages that wait for it.

A waiting page asks every few seconds, and a district may have hundreds of them open. So one answer counts for
a moment in each process, and only one thread at a time asks the warehouse: the others hear the last answer.
Only a page that was just told to wait may ask, which it shows by a signed word: otherwise a stranger could keep
a warehouse that is paid by the hour from ever falling asleep.
"""

from __future__ import annotations

import threading
import time

from django.core import signing
from django.db import DatabaseError, InterfaceError, connections

__all__ = ["WAIT_SECONDS", "answers", "is_awake", "may_ask", "word"]

ALIAS = "warehouse"
# How long an answer counts, and how long a page may go on asking.
ANSWER_SECONDS = 2.0
WAIT_SECONDS = 300
_SALT = "warehouse.awake"


class _Answer:
    """The last answer of this process."""

    def __init__(self) -> None:
        self.asking = threading.Lock()
        self.awake = False
        self.at = float("-inf")

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at < ANSWER_SECONDS


_last = _Answer()


def word() -> str:
    """Return the signed word with which a page may ask for WAIT_SECONDS and a little longer."""
    return signing.dumps("wait", salt=_SALT)


def may_ask(given: str) -> bool:
    """Tell whether `given` is a word of ours that still counts."""
    try:
        signing.loads(given, salt=_SALT, max_age=2 * WAIT_SECONDS)
    except signing.BadSignature:
        return False
    return True


def is_awake() -> bool:
    """Tell whether the warehouse answers. At most one small statement in ANSWER_SECONDS and process."""
    if not _last.is_fresh and _last.asking.acquire(blocking=False):
        try:
            _last.awake = answers()
            _last.at = time.monotonic()
        finally:
            _last.asking.release()
    return _last.awake


def forget() -> None:
    """Ask anew the next time."""
    _last.at = float("-inf")
    _last.awake = False


def answers() -> bool:
    """Tell whether the warehouse answers a small statement now."""
    connection = connections[ALIAS]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except (DatabaseError, InterfaceError):
        connection.close_if_unusable_or_obsolete()
        return False
    return True
