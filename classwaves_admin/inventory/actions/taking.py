"""Records who took the inventory along."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor

__all__ = ["note_taken"]


def note_taken(*, what: str, file_format: str, rows: int, sha256: str, by: Actor, now: datetime) -> None:
    """Record that a file was handed over."""
    with transaction.atomic():
        record(
            "report.downloaded",
            by=by,
            school_id=None,
            resource=("data_inventory", what),
            data={"format": file_format, "rows": rows, "sha256": sha256},
            at=now,
        )
