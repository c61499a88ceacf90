"""Row identifiers: UUIDv7 as text, so that new rows sort by time on every engine."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    """Return a fresh UUIDv7 (RFC 9562) as 36 characters of text."""
    return str(uuid_utils.uuid7())
