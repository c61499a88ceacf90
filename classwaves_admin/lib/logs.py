"""Logs without personal data: one filter in front of every handler."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict

from classwaves_admin.lib.tokens import TOKEN_LENGTH

# Links of guardians, whose kind is one letter (/c/v/, /c/m/) or none; to a new password, to confirm an address.
# What stands there may be quoted, cut off or broken over lines: a piece of a token is none of the log's business.
_SLASH = "(?:/|%2f)"
_TOKEN_PATH = re.compile(
    rf"({_SLASH}c{_SLASH}+(?:[a-z]{_SLASH}+)?|/password/reset/key/+|/confirm-email/+)"
    r"[^/\s?]+(?:[\r\n]+[\w=-]+(?=/))*",
    re.IGNORECASE,
)
# A whole token wherever it stands: no word, name or id in a line of ours is as long.
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH},}}")
# Where PostgreSQL quotes the row that it refuses, up to the next exception of a traceback.
_ROW = re.compile(r"DETAIL:.*?(?=\n\n(?:The above|During)|\Z)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+\.\w+")


class PrivateFilter(logging.Filter):
    """Blanks tokens and e-mail addresses in every message."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and keep it."""
        record.msg = clean(record.getMessage())
        record.args = None
        return True


def clean(text: str) -> str:
    """Return `text` without tokens, e-mail addresses and rows that a database quotes."""
    without_rows = _ROW.sub("DETAIL: [row]", text)
    return _ADDRESS.sub("[address]", _TOKEN.sub("[token]", _TOKEN_PATH.sub(r"\1[token]", without_rows)))


def _clean_exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Clean what the filter could not see: the traceback is written after it."""
    for name in ("exception", "stack"):
        if name in event:
            event[name] = clean(str(event[name]))
    return event


def formatter() -> logging.Formatter:
    """Return the formatter of the console: time, level, logger, message; exceptions without locals."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _clean_exception,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]),
        ],
    )
