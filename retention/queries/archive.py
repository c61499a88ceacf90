"""Archive files as pages show them, and when each is destroyed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.inventory import table
from retention.models import ArchiveFile
from retention.queries.policies import Policies
from retention.schedule import rule_named

__all__ = ["archive_page", "destroyed_from"]

PAGE_SIZE = 50


def archive_page(*, school: str, cursor: str) -> keyset.Page[ArchiveFile]:
    """Return a page of files, newest first, of one school or of all in scope. Raises BadCursor."""
    rows = ArchiveFile.objects.filter(school_id=school) if school else ArchiveFile.objects.all()
    return keyset.page(rows, order=("-made_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def destroyed_from(file: ArchiveFile, policies: Policies) -> datetime:
    """Return when the newest row of a file reaches the end of its days, by the policy as it stands now."""
    kind = table(rule_named(file.table).model).retention
    if kind is None:
        raise LookupError(f"{file.table} has no period, so no row of it is archived.")
    try:
        return file.newest + timedelta(days=policies.held[kind].periods.delete)
    except OverflowError:  # another service has written a moment at the end of all time
        return datetime.max.replace(tzinfo=UTC)
