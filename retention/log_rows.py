"""How rows of the audit log about one student or one session are found sooner than by reading the log.

    log_rows.register("audit.queries.indexed.about_student")
    log_rows_of_session.register("audit.queries.indexed.about_session")

A hook is named by its dotted path, so that retention knows nothing of the apps above it.
"""

from __future__ import annotations

from typing import Protocol, cast

from django.db.models import Q
from django.utils.module_loading import import_string

__all__ = ["Finder", "log_rows", "log_rows_of_session"]


class Finder(Protocol):
    """Finds the rows that name a session, or a student, be it as one of many, as what was touched or as who did it."""

    def __call__(self, row_id: str, /) -> Q | None:
        """Return the condition that holds for all of them, and may for others; None where there is no index."""


class _Hook:
    def __init__(self) -> None:
        self._path = ""

    def register(self, path: str) -> None:
        """Name the finder."""
        self._path = path

    def about(self, row_id: str) -> Q:
        """Return the condition of rows that may be about it: of all where nobody knows better."""
        found = cast(Finder, import_string(self._path))(row_id) if self._path else None
        return Q() if found is None else found


log_rows, log_rows_of_session = _Hook(), _Hook()
