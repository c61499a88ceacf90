"""Logs without personal data: one filter in front of every handler."""

from __future__ import annotations

import logging
import re

import structlog

_TOKEN_PATH = re.compile(r"/c/[^/\s\"']+")
_ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+\.\w+")


class PrivateFilter(logging.Filter):
    """Blanks consent tokens in paths and e-mail addresses in every message."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and keep it."""
        record.msg = clean(record.getMessage())
        record.args = None
        return True


def clean(text: str) -> str:
    """Return `text` without consent tokens and e-mail addresses."""
    return _ADDRESS.sub("[address]", _TOKEN_PATH.sub("/c/[token]", text))


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
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]),
        ],
    )
