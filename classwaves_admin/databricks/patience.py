"""How long a statement may be tried again: shortly where a person waits, longer in the worker and in commands."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["LONG", "SHORT", "Patience", "current", "patience"]

# Of the pause before the second try, in seconds; it doubles with each further one, up to the longest.
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 4.0


@dataclass(frozen=True, slots=True)
class Patience:
    """At most `attempts` tries, none of which begins more than `seconds` after the first."""

    attempts: int
    seconds: float

    def pause(self, tried: int, elapsed: float, least: float = 0.0) -> float | None:
        """Return the seconds to wait after `tried` tries in `elapsed` seconds, or None to give up.

        `least` is what the server asked for. The rest is jittered, so that many processes do not come back at once.
        """
        if tried >= self.attempts:
            return None
        top = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (tried - 1))
        wait = max(least, random.uniform(top / 2, top))  # noqa: S311 - spreads load, hides nothing
        return wait if elapsed + wait <= self.seconds else None


SHORT = Patience(attempts=3, seconds=2)
# Not for the outbox, whose lease counts on SHORT (outbox/lease.py).
LONG = Patience(attempts=8, seconds=15)

_current: ContextVar[Patience] = ContextVar("databricks_patience", default=SHORT)


def current() -> Patience:
    """Return the patience that holds here."""
    return _current.get()


@contextmanager
def patience(value: Patience) -> Iterator[None]:
    """Have `value` hold inside the block."""
    token = _current.set(value)
    try:
        yield
    finally:
        _current.reset(token)
