"""What must happen in the portal's database before rows of a table leave the catalog.

before_removal.register("compliance.audit_log", "audit.proof.disposal.note_disposal")

A hook is named by its dotted path, so that retention knows nothing of the apps above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, cast

from django.utils.module_loading import import_string

__all__ = ["MOST", "Hook", "before_removal"]

# Rows of one call.
MOST = 2_000


class Hook(Protocol):
    """Notes that rows are about to go."""

    def __call__(self, *, row_ids: Sequence[str], now: datetime) -> object:
        """Note at most MOST rows in the caller's transaction; a second call for a row changes nothing."""


class _Hooks:
    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    def register(self, table: str, path: str) -> None:
        """Name the hook of a table, `schema.table`. Raises ValueError for a table that has one."""
        if table in self._paths:
            raise ValueError(f"{table} has a hook before its removal already.")
        self._paths[table] = path

    def of(self, table: str) -> Hook | None:
        """Return the hook of a table, None where it has none."""
        path = self._paths.get(table)
        return cast(Hook, import_string(path)) if path else None


before_removal = _Hooks()
