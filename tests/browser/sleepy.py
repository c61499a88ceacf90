"""The portal's settings with a warehouse that sleeps while the file `asleep` stands in VAR_DIR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from classwaves_admin.settings import *  # noqa: F403 - the portal's own, with one signal more
from classwaves_admin.settings import VAR_DIR

ASLEEP = VAR_DIR / "asleep"


class WarehouseWaking(Exception):
    """As databricks/errors.py has it."""


def _sleep(execute: Callable[..., Any], *statement: Any) -> Any:
    if ASLEEP.exists():
        raise OperationalError("The warehouse is starting.") from WarehouseWaking()
    return execute(*statement)


def _install(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    if connection.alias == "warehouse":
        connection.execute_wrappers.append(_sleep)


connection_created.connect(_install, weak=False)
