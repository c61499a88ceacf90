"""Small files, handed over while the person waits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet

from audit.exports.formats import COLUMNS, SCHEMA, Format, pieces
from audit.exports.writing import RowsChanged
from audit.queries.search import NEWEST_FIRST
from classwaves_admin.lib.arrow_csv import csv_header
from classwaves_admin.warehouse import arrow
from classwaves_admin.warehouse.copied_csv import Copied, can_copy, copied
from classwaves_admin.warehouse.models import AuditLog

# A file up to this size is whole before its first byte leaves: its rows and its hash are known, and it cannot tear.
HELD_BYTES = 8 * 1024 * 1024


@dataclass
class Taken:
    """A file on its way out: its rows so far, its hash so far, and whether it is all there."""

    counted: int
    rows: int = 0
    whole: bool = False
    _sum: Any = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """Return the hash of what was written so far."""
        return str(self._sum.hexdigest())

    def rows_of(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Hand batches on and count them."""
        for batch in batches:
            self.rows += batch.num_rows
            yield batch

    def checked(self, content: Iterator[bytes]) -> Iterator[bytes]:
        """Hand the file on; break off where it does not hold the rows that were told. Raises RowsChanged."""
        for piece in content:
            self._sum.update(piece)
            yield piece
        if not self.whole and self.rows != self.counted:
            raise RowsChanged


def take(rows: QuerySet[AuditLog], form: Format, *, counted: int) -> tuple[Taken, Iterator[bytes]]:
    """Read the rows, newest first, and return the file with what is known of it.

    A file of at most HELD_BYTES is whole: `rows` and `sha256` are final. Of a larger one `counted` rows are told
    before, and the content breaks off at its end where that was not so. Raises Django's database errors.
    """
    taken = Taken(counted)
    content = taken.checked(_content(taken, rows.order_by(*NEWEST_FIRST), form))
    held: list[bytes] = []
    size = 0
    taken.whole = True
    for piece in content:
        held.append(piece)
        size += len(piece)
        if size > HELD_BYTES:
            taken.whole = False
            return taken, chain(held, content)
    return taken, iter(held)


def _content(taken: Taken, rows: QuerySet[AuditLog], form: Format) -> Iterator[bytes]:
    """Yield the file, by the server's own hand where it can write it."""
    if form == Format.CSV and can_copy(rows, COLUMNS):
        told = Copied()
        yield csv_header(SCHEMA)
        yield from copied(rows, COLUMNS, told=told)
        taken.rows = told.rows
    else:
        yield from pieces(form, taken.rows_of(arrow.batches(rows, COLUMNS)))
