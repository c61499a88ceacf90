"""Puts rows of the catalog into the archive, before they leave the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Max, Min, QuerySet

from classwaves_admin.warehouse import arrow
from retention.archive import contents
from retention.fates import Rule
from retention.models import ArchiveFile

__all__ = ["Kept", "NotKept", "keep"]


class NotKept(Exception):
    """Rows that cannot be archived as they are, and so must not leave. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kept:
    """What is in the archive for a segment: its file, None where there was no row, and the ids of its rows."""

    file: ArchiveFile | None
    ids: frozenset[str]


def keep(
    *, rows: QuerySet[Any], rule: Rule, run_id: str, school_id: str, number: int, month: str, now: datetime
) -> Kept:
    """Archive the rows of one segment of a run, at most `contents.MOST_ROWS` of one month, and say which they are.

    `rows` carry their `clock` (queries/due.py). A second call for the segment changes nothing and returns what the
    first one archived, whatever has left the catalog since, without rows that say something else by now. Raises
    NotKept for a value that is not of its column's type, and for too many rows; Damaged, Django's database errors and
    what the storage raises, to be tried again.
    """
    known = ArchiveFile.objects.filter(run_id=run_id, segment=number).first()
    if known:
        return Kept(known, _unchanged(contents.read(known), _table(rows)) if known.is_there else frozenset())
    table = _table(rows.order_by("clock", "pk"))
    if not table.num_rows:
        return Kept(None, frozenset())
    ends = rows.order_by().aggregate(Min("clock"), Max("clock"))
    file = ArchiveFile(
        school_id=school_id,
        table=rule.name,
        month=month,
        run_id=run_id,
        segment=number,
        name=f"{rule.name}/{month}/{run_id}-{number}.parquet",
        oldest=ends["clock__min"],
        newest=ends["clock__max"],
        made_at=now,
    )
    contents.put(file, table)
    file.save(force_insert=True)
    return Kept(file, _ids(table))


def _table(rows: QuerySet[Any]) -> pa.Table:
    """Return all rows at once. Raises NotKept."""
    names = [field.attname for field in rows.model.columns()]
    found: list[pa.RecordBatch] = []
    try:
        for batch in arrow.batches(rows, names):
            found.append(batch)
            if sum(one.num_rows for one in found) > contents.MOST_ROWS:
                raise NotKept("too_many")
    except arrow.UnreadableColumn:
        raise NotKept("unreadable") from None
    return pa.Table.from_batches(found, schema=arrow.schema(rows.model, names))


def _unchanged(archived: pa.Table, there: pa.Table) -> frozenset[str]:
    """Return the ids of archived rows apart from those that were changed in the catalog since.

    A run may pause for months, and a transcript be corrected meanwhile (34 CFR 99.20): that one stays.
    """
    same = archived.filter(pc.is_in(archived.column("id"), value_set=there.column("id").combine_chunks()))
    if same.sort_by("id").equals(there.sort_by("id")):
        return _ids(archived)
    before = {row["id"]: row for row in archived.to_pylist()}
    return _ids(archived) - {row["id"] for row in there.to_pylist() if row != before.get(row["id"])}


def _ids(table: pa.Table) -> frozenset[str]:
    return frozenset(table.column("id").to_pylist())
