"""One writer at a time among the threads of a process, for the engine that has room for one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

__all__ = ["one_writer"]

_turn = threading.RLock()


@contextmanager
def one_writer(alias: str = "default") -> Iterator[None]:
    """Wait for this process's other writers before a short write.

    SQLite lets a second writer sleep and try again, up to a tenth of a second each time; a lock wakes it at once.
    Other engines need no turn.
    """
    if connections[alias].vendor == "sqlite":
        with _turn:
            yield
    else:
        yield
