"""Changes that need not wait for the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

__all__ = ["quick_commit"]


@contextmanager
def quick_commit(alias: str = "default") -> Iterator[None]:
    """Run a block whose changes survive the end of any process, but perhaps not a power cut.

    For marks that only spare work where they are found: a commit that waits for the disk takes milliseconds.
    Inside a transaction it changes nothing.
    """
    connection = connections[alias]
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            level = cursor.execute("PRAGMA synchronous").fetchone()[0]
            cursor.execute("PRAGMA synchronous = NORMAL")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA synchronous = {level:d}")
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET synchronous_commit")
