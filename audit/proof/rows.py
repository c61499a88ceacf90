"""Rows of the log as the seals take them: by school and day, in columns, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDay

from audit.proof.verifier import COLUMNS, INSTANTS, Row
from classwaves_admin.warehouse.arrow import UnreadableColumn, batches
from classwaves_admin.warehouse.models import AuditLog

__all__ = ["BATCH", "UNREADABLE", "canonical_rows", "counts_by_day", "readable_rows", "rows_of_day", "schools"]

# Rows in memory at once, and of one seal at most.
BATCH = 10_000
# What reading raises for a value that its column cannot hold: our own word, and SQLite's driver for a time.
UNREADABLE = (UnreadableColumn, ValueError)
IN_ORDER = ("event_timestamp", "id")


def schools() -> list[str]:
    """Return every `school_id` that rows carry, those that other services made up too. One warehouse query."""
    return list(AuditLog.objects.order_by("school_id").values_list("school_id", flat=True).distinct())


def counts_by_day(school_id: str, since: date | None = None, until: date | None = None) -> dict[date, int]:
    """Return how many rows a school has of each day from `since` to `until`, both included. One warehouse query."""
    rows = AuditLog.objects.filter(school_id=school_id)
    if since:
        rows = rows.filter(event_timestamp__gte=_midnight(since))
    if until and until < date.max:
        rows = rows.filter(event_timestamp__lt=_midnight(until + timedelta(days=1)))
    days = rows.annotate(day=TruncDay("event_timestamp", tzinfo=UTC)).values("day").annotate(number=Count("id"))
    # SQLite keeps a time that is none, which has no day: the row is missed in the day of its seal.
    return {found["day"].date(): found["number"] for found in days.order_by("day") if found["day"]}


def rows_of_day(school_id: str, day: date) -> QuerySet[AuditLog]:
    """Return the rows of one school and day (UTC, of the event), oldest first."""
    rows = AuditLog.objects.filter(school_id=school_id, event_timestamp__gte=_midnight(day))
    if day < date.max:
        rows = rows.filter(event_timestamp__lt=_midnight(day + timedelta(days=1)))
    return rows.order_by(*IN_ORDER)


def canonical_rows(rows: QuerySet[AuditLog]) -> Iterator[list[Row]]:
    """Yield the rows as they are sealed, values in the order of COLUMNS, at most BATCH at a time. One warehouse query.

    Raises one of UNREADABLE where a column holds what its type does not allow.
    """
    for batch in batches(rows, COLUMNS, size=BATCH):
        columns = [_texts(batch.column(place), name) for place, name in enumerate(COLUMNS)]
        yield list(zip(*columns, strict=True))


def readable_rows(rows: QuerySet[AuditLog], unreadable: list[str]) -> Iterator[list[Row]]:
    """Yield the rows as `canonical_rows` does; put the ids of those that cannot be read into `unreadable`.

    One warehouse query, and one for each row from the first batch on that has such a row.
    """
    taken = 0
    try:
        for part in canonical_rows(rows):
            taken += len(part)
            yield part
    except UNREADABLE:
        for row_id in list(rows.values_list("pk", flat=True)[taken:]):
            try:
                yield from canonical_rows(rows.filter(pk=row_id))
            except UNREADABLE:
                unreadable.append(row_id)


def _texts(array: pa.Array, name: str) -> list[str | None]:
    if name in INSTANTS:
        array = pc.strftime(array, "%Y-%m-%dT%H:%M:%SZ")  # seconds with all six decimals
    texts: list[str | None] = array.to_pylist()
    return texts


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
