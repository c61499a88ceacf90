"""Writes the rows of a search into a folder, portion by portion, so that a process that dies loses one at most.

After each portion `state.json` says how many rows are written, which was the last, and how long each file was. What
stands behind that in a file was written by a process that died, and is cut off before the next portion.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Self

import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import QuerySet, Subquery

from audit.exports.formats import COLUMNS, SCHEMA, WRITTEN, Format
from audit.exports.kind import STEM
from audit.proof.keys import signing_key
from audit.proof.pack import Proved, Prover
from audit.queries.indexed import is_sqlite
from audit.queries.search import NEWEST_FIRST
from classwaves_admin.lib.arrow_csv import csv_header, csv_rows
from classwaves_admin.lib.arrow_jsonl import jsonl_rows
from classwaves_admin.lib.arrow_parquet import ParquetPieces
from classwaves_admin.lib.growing_zip import Member
from classwaves_admin.lib.keyset import behind
from classwaves_admin.warehouse import arrow
from classwaves_admin.warehouse.models import AuditLog

PORTION = 50_000
_ROWS: dict[Format, Callable[[pa.RecordBatch], bytes]] = {Format.CSV: csv_rows, Format.JSONL: jsonl_rows}


class RowsChanged(Exception):
    """Rows arrived or were deleted while the file was written: it would not hold what was counted."""


@dataclass(slots=True)
class State:
    """How far the files in a folder are. `last` is the moment and the id of the last row.

    All rows are written once it is `ended`, and known to be those that were counted once it is `checked`. `proved` is
    how far their proof is, None where nothing is proved; `sums` are the SHA-256 of the files that go into a ZIP file,
    and `members` how far they are in it.
    """

    total: int
    rows: int = 0
    ended: bool = False
    checked: bool = False
    last: tuple[str, str] | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    portions: int = 0
    proved: Proved | None = None
    sums: dict[str, str] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Return the state of the folder, or None for an empty one."""
        path = folder / "state.json"
        if not path.exists():
            return None
        kept = json.loads(path.read_text())
        proved = Proved(**kept.pop("proved")) if kept["proved"] else None
        members = [Member(**member) for member in kept.pop("members")]
        return cls(**{**kept, "proved": proved, "members": members})

    def save(self, folder: Path) -> None:
        """Keep the state, whole or not at all."""
        fresh = folder / "state.new"
        with fresh.open("w") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / "state.json")


def path_of(folder: Path, form: Format) -> Path:
    """Return where the file of a form is."""
    return folder / f"{STEM}.{form.value}"


def proofs_of(folder: Path) -> Path:
    """Return where the lines are that prove the rows."""
    return folder / "proofs.jsonl"


def begin(folder: Path, rows: QuerySet[AuditLog], form: Format) -> State:
    """Count the rows and begin; a ZIP file has a proof where the portal seals its log. One warehouse query."""
    proved = Proved() if form == Format.ZIP and signing_key() else None
    state = State(total=rows.count(), proved=proved)
    state.save(folder)
    return state


def write_portion(folder: Path, state: State, rows: QuerySet[AuditLog], form: Format) -> None:
    """Write the next rows, newest first, and keep the state. One warehouse query. Raises RowsChanged."""
    if state.last is not None:
        rows = behind(rows, order=NEWEST_FIRST, values=_place(*state.last))
    before, last = state.rows, None
    with ExitStack() as open_files:
        write = _writers(folder, state, form, open_files)
        for batch in arrow.batches(rows.order_by(*NEWEST_FIRST)[:PORTION], COLUMNS):
            for each in write:
                each(batch)
            state.rows += batch.num_rows
            last = batch.slice(batch.num_rows - 1).select(["event_timestamp", "id"]).to_pylist()[0]
    if last is not None:
        state.last = (last["event_timestamp"].isoformat(), last["id"])
    state.ended = state.rows - before < PORTION
    if state.rows > state.total:
        raise RowsChanged
    state.portions += 1
    state.save(folder)


def _place(moment: str, row_id: str) -> tuple[datetime | Subquery, str]:
    """Return where the last row stands. SQLite compares text, so there the moment is read as the row has it."""
    if is_sqlite():
        return Subquery(AuditLog.objects.filter(pk=row_id).order_by().values("event_timestamp")[:1]), row_id
    return datetime.fromisoformat(moment), row_id


def check(folder: Path, state: State, rows: QuerySet[AuditLog]) -> None:
    """Compare what was written with what was counted before, and with what is there now; keep that it is the same.

    One warehouse query. Raises RowsChanged.
    """
    if not state.rows == state.total == rows.count():
        raise RowsChanged
    state.checked = True
    state.save(folder)


def whole_parquet(folder: Path, state: State) -> None:
    """Make one Parquet file of the portions."""
    pieces = ParquetPieces(SCHEMA)
    with path_of(folder, Format.PARQUET).open("wb") as file:
        for number in range(state.portions):
            with pq.ParquetFile(_part(folder, number), pre_buffer=False) as part:
                for batch in part.iter_batches(arrow.SIZE):
                    file.write(pieces.add(batch))
        file.write(pieces.end())


def _writers(
    folder: Path, state: State, form: Format, open_files: ExitStack
) -> list[Callable[[pa.RecordBatch], object]]:
    """Return what takes each batch. When the block ends, the files are on the disk and the state knows their sizes."""
    writers: list[Callable[[pa.RecordBatch], object]] = []
    for each in WRITTEN[form]:
        if each == Format.PARQUET:
            writers.append(open_files.enter_context(_PartFile(_part(folder, state.portions))))
        else:
            head = csv_header(SCHEMA) if each == Format.CSV else b""
            appended = _Appended(path_of(folder, each), state, _ROWS[each], head)
            writers.append(open_files.enter_context(appended))
    if state.proved is not None:
        prover = Prover(state.proved)
        lines = _Appended(proofs_of(folder), state, lambda batch: prover.lines(batch.column("id").to_pylist()))
        writers.append(open_files.enter_context(lines))
    return writers


class _Appended:
    """Appends lines to a file, behind what the state knows of it; `head` begins it."""

    def __init__(self, path: Path, state: State, lines: Callable[[pa.RecordBatch], bytes], head: bytes = b"") -> None:
        self._state, self._name, self._lines = state, path.name, lines
        path.touch(mode=0o600)
        self._file: BinaryIO = path.open("r+b")
        self._file.truncate(state.sizes.get(self._name, 0))
        self._file.seek(0, os.SEEK_END)
        if not self._file.tell():
            self._file.write(head)

    def __call__(self, batch: pa.RecordBatch) -> None:
        self._file.write(self._lines(batch))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._state.sizes[self._name] = self._file.tell()
        _to_disk(self._file)


class _PartFile:
    """One portion as a Parquet file; a second run writes it anew."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._pieces = ParquetPieces(SCHEMA)

    def __call__(self, batch: pa.RecordBatch) -> None:
        self._file.write(self._pieces.add(batch))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.write(self._pieces.end())
        _to_disk(self._file)


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _part(folder: Path, number: int) -> Path:
    return folder / f"part-{number:05d}.parquet"
