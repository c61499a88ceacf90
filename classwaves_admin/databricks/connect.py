"""How a connection is opened: who asks, for how long, with what kind of session."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from databricks.sql.client import Connection
from databricks.sql.thrift_api.TCLIService.ttypes import TCancelOperationReq, TSparkArrowBatch, TSparkParameterValue
from django.core.exceptions import ImproperlyConfigured

from classwaves_admin.databricks import patience
from classwaves_admin.databricks.errors import OperationalError, TokenRefused, Told, WarehouseWaking
from classwaves_admin.databricks.oauth import Tokens, tokens_for
from classwaves_admin.databricks.translation import RAISED, translated

__all__ = ["limited", "opened", "parameters", "retried", "tokens_of"]

logger = logging.getLogger(__name__)
# The connector logs whole messages there, at a level of its own whatever ours is, and builds their texts even
# where nobody listens: values and rows are left out, which saves four times their size for each batch.
logging.getLogger("databricks.sql.unsafe").disabled = True
for _kind in (TSparkArrowBatch, TSparkParameterValue):
    _kind.__repr__ = object.__repr__  # type: ignore[method-assign]
Result = TypeVar("Result")

STATEMENT_SECONDS = 10
# Seconds that the client waits longer than the server's own limit, which answers with a reason.
_GRACE = 1.0


def parameters(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the connector for Django's settings of a database.

    Raises ImproperlyConfigured where a part is missing. See databricks/address.py for the settings.
    """
    options = dict(settings["OPTIONS"])
    host, port, path = settings["HOST"], settings["PORT"], options.get("http_path", "")
    for name, value in (("HOST", host), ("NAME", settings["NAME"]), ("OPTIONS['http_path']", path)):
        if not value:
            raise ImproperlyConfigured(f"The database of Databricks needs {name}.")
    seconds = int(options.get("statement_seconds", STATEMENT_SECONDS))
    wanted: dict[str, Any] = {
        "server_hostname": host,
        "http_path": path,
        "catalog": settings["NAME"],
        "session_configuration": {
            "TIMEZONE": "UTC",
            "ANSI_MODE": "true",
            "STATEMENT_TIMEOUT": str(seconds),
            **options.get("session_configuration", {}),
        },
        "user_agent_entry": "ClassWaves-admin",
        "enable_telemetry": False,
        "_port": port or 443,
        "_socket_timeout": seconds + _GRACE,
        # The connector's own retries wait five seconds and more, and send a statement again whose answer was
        # cut, whatever it does. In this mode it tries once and says why not; `retried` does the rest.
        "_enable_v3_retries": False,
        "_retry_stop_after_attempts_count": 1,
        "_retry_delay_min": 0.1,
        # Downloads of large results have these limits, too.
        "_retry_stop_after_attempts_duration": 60,
    }
    if not options.get("tls", True):
        wanted["_connection_uri"] = f"{_origin(settings)}/{path.lstrip('/')}"
    if tokens := tokens_of(settings):
        wanted["credentials_provider"] = lambda: tokens.header
    else:
        wanted["access_token"] = settings["PASSWORD"]
    return wanted


def _origin(settings: Mapping[str, Any]) -> str:
    scheme = "https" if settings["OPTIONS"].get("tls", True) else "http"
    host = f"[{settings['HOST']}]" if ":" in settings["HOST"] else settings["HOST"]
    return f"{scheme}://{host}:{settings['PORT'] or 443}"


def tokens_of(settings: Mapping[str, Any]) -> Tokens | None:
    """Return where tokens come from, or None where a personal access token is the password."""
    if settings["USER"] in {"", "token"}:
        return None
    seconds = float(settings["OPTIONS"].get("statement_seconds", STATEMENT_SECONDS))
    return tokens_for(_origin(settings), settings["USER"], settings["PASSWORD"], timeout=min(seconds, 5.0))


def opened(wanted: Mapping[str, Any], tokens: Tokens | None) -> Connection:
    """Open a session, as often as patience allows. Raises one of `errors`."""

    def once() -> Connection:
        if tokens:
            tokens.header()  # inside the connector its failure would lose its class
        try:
            return Connection(**wanted)
        except RAISED as error:
            failure = translated(error)
            if isinstance(failure, TokenRefused) and tokens:
                tokens.forget()
            raise failure from None

    return retried(once, may=lambda failure: failure.transient)


def retried(once: Callable[[], Result], *, may: Callable[[Told], bool]) -> Result:
    """Return what `once` returns, calling it again after a failure that `may` be tried again, within patience."""
    limit, begun, tried = patience.current(), time.monotonic(), 0
    while True:
        tried += 1
        try:
            return once()
        except _RETRIABLE as failure:
            wait = limit.pause(tried, time.monotonic() - begun, failure.retry_after) if may(failure) else None
            if wait is None:
                raise
            logger.info("The warehouse failed (%s); trying again", type(failure).__name__)
        time.sleep(wait)


_RETRIABLE = (OperationalError,)


def limited(connection: Connection, seconds: float) -> None:
    """Give each statement a limit on this side too: the server's does not count the wait in a queue.

    The connector asks for the state of a statement until it is done; each question is answered at once, so no
    limit of the socket ends it.
    """
    backend: Any = connection.session.backend
    ask = backend._poll_for_status
    until: dict[bytes, float] = {}

    def asked(handle: Any) -> Any:
        known = handle.operationId.guid
        if known not in until:
            until.clear()
            until[known] = time.monotonic() + seconds + _GRACE
        answer = ask(handle)
        if answer.operationState in _PENDING and time.monotonic() > until[known]:
            _cancel(backend, handle)
            raise WarehouseWaking("The statement waited too long in the queue of the warehouse.", untouched=False)
        if answer.operationState in _RUNNING and time.monotonic() > until[known]:
            _cancel(backend, handle)
            raise OperationalError(f"The statement took longer than {seconds:g} seconds.", query_id=known.hex())
        return answer

    backend._poll_for_status = asked


# TOperationState: INITIALIZED and PENDING; RUNNING.
_PENDING = frozenset({0, 7})
_RUNNING = frozenset({1})


def _cancel(backend: Any, handle: Any) -> None:
    try:
        request = TCancelOperationReq(handle)  # type: ignore[no-untyped-call]
        backend.make_request(backend._client.CancelOperation, request)
    except RAISED:
        logger.info("A statement over its time could not be cancelled")
