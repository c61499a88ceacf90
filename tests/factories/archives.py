"""Rows of archive files, for tests of pages: the files themselves are not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import School
from retention.models import ArchiveFile


def archive_file(school: School, **given: Any) -> ArchiveFile:
    """Save the row of a file with last year's transcripts."""
    run = new_id()
    values = {
        "table": "sessions.transcriptions",
        "month": "2024-03",
        "run_id": run,
        "segment": 1,
        "name": f"sessions.transcriptions/2024-03/{run}-1.parquet",
        "rows": 12_400,
        "size": 1_310_720,
        "sha256": "9f" * 32,
        "ids_sha256": "4e" * 32,
        "columns": [["id", "string"], ["session_id", "string"], ["content", "string"]],
        "oldest": now() - timedelta(days=380),
        "newest": now() - timedelta(days=366),
    }
    with inside(EVERYTHING):
        return ArchiveFile.objects.create(school_id=school.pk, **values | given)
