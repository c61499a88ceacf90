"""A connection for statements that take minutes, beside the one of pages, whose statements end after seconds."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse.time_limit import unlimited

__all__ = ["patient"]

# A table of a school year is rewritten in minutes; what takes longer than this hangs.
LONGEST = 3_600


@contextmanager
def patient(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection of its own to a database; its statements may take an hour and wait five seconds for a lock."""
    shared = connections[alias]
    settings = copy.deepcopy(shared.settings_dict)
    if shared.vendor == "databricks":
        settings["OPTIONS"]["statement_seconds"] = LONGEST
    connection = type(shared)(settings, alias)
    try:
        with unlimited():
            if shared.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET statement_timeout = '{LONGEST}s'; SET lock_timeout = '5s'")
            yield connection
    finally:
        connection.close()
