"""From what the connector raises to the classes of `errors`."""

from __future__ import annotations

import re
from typing import Any

import urllib3.exceptions
from databricks.sql import exc
from thrift.Thrift import TException

from classwaves_admin.databricks import errors
from classwaves_admin.databricks.errors import private, without_values

__all__ = ["RAISED", "translated"]

# All that the connector lets out. ValueError: answers that it cannot read.
RAISED = (exc.Error, urllib3.exceptions.HTTPError, OSError, EOFError, TException, ValueError)

_STATE = re.compile(r"SQLSTATE:?\s*\(?([0-9A-Z]{5})")
_CLASS = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")
# First letters of SQLSTATE (docs.databricks.com, "SQLSTATE error codes").
_BY_STATE: dict[str, type[errors.Told]] = {
    "07": errors.ProgrammingError,
    "08": errors.Unreachable,
    "0A": errors.NotSupportedError,
    "21": errors.ProgrammingError,
    "22": errors.DataError,
    "23": errors.IntegrityError,
    "2D": errors.ConcurrentChange,
    "40": errors.ConcurrentChange,
    "42": errors.ProgrammingError,
    "53": errors.OperationalError,
    "54": errors.ProgrammingError,
    "55": errors.OperationalError,
    "57": errors.OperationalError,
    "58": errors.OperationalError,
    "HY": errors.OperationalError,
    "XX": errors.InternalError,
}
# Error classes, for servers and messages without SQLSTATE; the first that fits.
_BY_CLASS: tuple[tuple[str, type[errors.Told]], ...] = (
    ("NOT_NULL", errors.IntegrityError),
    ("VIOLATE", errors.IntegrityError),
    ("TABLE_OR_VIEW", errors.ProgrammingError),
    ("SCHEMA_", errors.ProgrammingError),
    ("PARSE_", errors.ProgrammingError),
    ("UNRESOLVED", errors.ProgrammingError),
    ("DATATYPE", errors.ProgrammingError),
    ("UNBOUND", errors.ProgrammingError),
    ("UNSUPPORTED", errors.NotSupportedError),
    ("CAST_", errors.DataError),
    ("ARITHMETIC", errors.DataError),
    ("DIVIDE", errors.DataError),
    ("NUMERIC", errors.DataError),
    ("MALFORMED", errors.DataError),
    ("TIMEOUT", errors.OperationalError),
)
_PERMISSION = re.compile(
    r"INSUFFICIENT_P|PERMISSION_DENIED|UNAUTHORIZED_ACCESS|Insufficient privileges"
    r"|does not have (?:permission|[A-Z]{3})"
)
_CONFLICT = re.compile(
    r"DELTA_CONCURRENT_|DELTA_METADATA_CHANGED|DELTA_PROTOCOL_CHANGED|Concurrent\w+Exception|MetadataChangedException"
    r"|CommitFailedException|Found conflicting (?:deleted )?files"
)
# "Session handle ... has not been initialized or had already closed" is also the answer of a warehouse that
# took the session while it starts: a new session is right for both.
_STALE = re.compile(
    r"Invalid SessionHandle|Session ?handle.*(?:not been initialized|already closed|not found)", re.IGNORECASE
)
_WAKING = re.compile(
    r"TEMPORARILY_UNAVAILABLE|temporarily unavailable|RESOURCE_EXHAUSTED|REQUEST_LIMIT_EXCEEDED"
    r"|(?:warehouse|endpoint|cluster)\b.{0,80}?\b(?:is|are|was|in state)\b.{0,20}?"
    r"\b(?:stopped|stopping|starting|terminated|pending|not running|unavailable|full)"
    r"|Couldn't create directory /local_disk0|queue (?:is )?full|too many (?:queued|concurrent|queries|requests)",
    re.IGNORECASE,
)
_NOBODY = frozenset({401, 403})
_LATER = frozenset({429, 502, 503})


def translated(error: BaseException, query_id: str = "") -> Any:
    """Return the exception of ours that says what `error` says. Raise it `from None`."""
    if isinstance(error, errors.Told):
        return error
    context: dict[str, Any] = getattr(error, "context", None) or {}
    query_id = query_id or _hex(context.get("operation-id")) or _hex(context.get("query-id"))
    if isinstance(error, exc.RequestError):
        return _answered(error, context, query_id)
    if isinstance(error, exc.InterfaceError):
        return errors.InterfaceError(private(str(error)), query_id=query_id)
    if isinstance(error, exc.Error):
        return _said(str(error), query_id)
    return _lost(error, query_id)


def _answered(error: exc.RequestError, context: dict[str, Any], query_id: str) -> Any:
    """Translate an answer of HTTP that is not one of the protocol."""
    code = context.get("http-code")
    words = private(str(context.get("error-message") or "")).strip(" :")
    said = f": {words}" if words and words != "None" else "."
    if code in _NOBODY:
        return errors.TokenRefused(f"The warehouse refused the login (HTTP {code}){said}", query_id=query_id)
    if code in _LATER or _WAKING.search(str(error)):
        wait = float(context.get("bounded-retry-delay") or 0)
        # A gateway's 502 comes after the statement may have gone on to the warehouse.
        return errors.WarehouseWaking(
            f"The warehouse takes no statements now (HTTP {code}){said}",
            query_id=query_id,
            retry_after=wait,
            untouched=code != 502,  # noqa: PLR2004
        )
    if code and code != 200:  # noqa: PLR2004
        return errors.OperationalError(f"The warehouse answered with HTTP {code}{said}", query_id=query_id)
    return errors.Unreachable("The answer of the warehouse ended too early.", query_id=query_id)


def _lost(error: BaseException, query_id: str) -> errors.Unreachable:
    """Translate a failure of the network. Its words hold addresses of machines only."""
    reason = getattr(error, "reason", None) or error
    began = not isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError)
    kind = _KINDS.get(type(reason).__name__, "the connection failed")
    if isinstance(reason, ValueError):
        kind = "its answer cannot be read"
    return errors.Unreachable(f"The warehouse cannot be reached: {kind}.", query_id=query_id, untouched=not began)


_KINDS = {
    "NewConnectionError": "no connection",
    "NameResolutionError": "the name of its host is unknown",
    "ConnectTimeoutError": "no connection in time",
    "ReadTimeoutError": "no answer in time",
    "TimeoutError": "no answer in time",
    "SSLError": "TLS failed, check the certificate",
    "ProtocolError": "the connection was cut",
    "IncompleteRead": "the connection was cut",
    "ConnectionResetError": "the connection was cut",
    "EOFError": "the connection was cut",
}


def _said(text: str, query_id: str) -> Any:
    """Translate the words of the server on a statement that it refused."""
    state = found[1] if (found := _STATE.search(text)) else ""
    error_class = found[1] if (found := _CLASS.search(text)) else ""
    plain = without_values(text)  # a value may read like anything
    if _CONFLICT.search(plain):
        kind: type[errors.Told] = errors.ConcurrentChange
    elif _STALE.search(plain):
        kind = errors.StaleSession
    elif state == "42501" or _PERMISSION.search(plain):
        kind = errors.PermissionMissing
    elif _WAKING.search(plain):
        kind = errors.WarehouseWaking
    else:
        kind = _BY_STATE.get(state[:2]) or _of_class(error_class)
    words = private(text, names=kind is errors.PermissionMissing, numbers=kind is errors.DataError)
    return kind(words, sqlstate=state, error_class=error_class, query_id=query_id)


def _of_class(error_class: str) -> type[errors.Told]:
    return next((kind for part, kind in _BY_CLASS if part in error_class), errors.DatabaseError)


def _hex(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value or "")
