"""A limit on the client's side for each statement that is sent to a PostgreSQL warehouse.

`statement_timeout` (settings.py) ends a slow statement on the server. It cannot help where the server or
the network between stops answering: libpq waits for ever, and with it a web thread. The watchdog shuts
the socket, which the driver reports as a lost connection. SQLite has its own `timeout`, and the Databricks
connector its own socket time limit.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Timer
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS = "warehouse"
_unlimited: ContextVar[bool] = ContextVar("statement_without_limit", default=False)


@contextmanager
def unlimited() -> Iterator[None]:
    """Let statements of the block take as long as they do: for work by night that rewrites whole tables."""
    token = _unlimited.set(True)
    try:
        yield
    finally:
        _unlimited.reset(token)


def install(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Put the watchdog on a PostgreSQL connection to the warehouse. Receives `connection_created`."""
    if connection.alias == ALIAS and connection.vendor == "postgresql" and _watched not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _watched)


def _watched(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if _unlimited.get():
        return execute(sql, params, many, context)
    watchdog = Timer(settings.WAREHOUSE_STATEMENT_SECONDS + 1, _hang_up, [context["connection"].connection])
    watchdog.daemon = True
    watchdog.start()
    try:
        return execute(sql, params, many, context)
    finally:
        watchdog.cancel()


def _hang_up(connection: Any) -> None:
    # A copy of the descriptor: closing it leaves the driver's own to the driver.
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
