"""The one interface to all engines: when it is due, a step, and a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import ModuleType

from django.db import connections

from classwaves_admin.warehouse.physical import databricks, postgresql, sqlite
from classwaves_admin.warehouse.physical.kinds import Found, State, Step

__all__ = ["DAY", "due", "engine_name", "look", "step"]

_ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql, "databricks": databricks}
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "databricks": "Databricks"}
# The nightly step may find the database busy; it has a second night.
DAY = timedelta(days=2)


def due(alias: str, now: datetime) -> datetime:
    """Return by when what is deleted now is to be off the disk."""
    wait: timedelta = _engine(alias).WAIT
    return now + wait + DAY


def step(alias: str, tables: Sequence[str], state: State, *, now: datetime) -> Step:
    """Take the next step for what was deleted from tables, `{}` being the first state; safe to repeat.

    Raises Django's database errors, apart from those that a Step tells as trouble.
    """
    taken: Step = _engine(alias).step(alias, tables, state, now=now)
    return taken


def look(alias: str, tables: Sequence[str], state: State) -> Found:
    """Look whether it holds, after a step that has removed. Raises Django's database errors."""
    found: Found = _engine(alias).look(alias, tables, state)
    return found


def engine_name(alias: str) -> str:
    """Return the name of a database's engine as its makers write it."""
    return _NAMES[connections[alias].vendor]


def _engine(alias: str) -> ModuleType:
    return _ENGINES[connections[alias].vendor]
