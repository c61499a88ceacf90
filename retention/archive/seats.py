"""Seats that were archived: they still say which words, metrics and sessions are a student's."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache

from django.db.models import QuerySet

from classwaves_admin.warehouse.models import Participant
from retention.archive.damage import Damaged
from retention.models import ArchiveFile, ArchiveState

__all__ = ["Seat", "seats_of"]

logger = logging.getLogger(__name__)
Seat = tuple[str, str, str, str | None]
_COLUMNS = ("student_id", "id", "session_id", "group_id")


def seats_of(students: Sequence[str]) -> Iterator[Seat]:
    """Yield student, seat, session and group of archived seats in scope; files that cannot be read are passed over."""
    for file in _files():
        try:
            yield from _seats_in(file, file.sha256, tuple(students))
        except Damaged:
            logger.warning("An archive file of seats cannot be read: %s", file.pk)


def all_readable(students: Sequence[str]) -> bool:
    """Tell whether `seats_of` knows every seat of the students: no file in scope is damaged."""
    try:
        for file in _files():
            _seats_in(file, file.sha256, tuple(students))
    except Damaged:
        return False
    return True


def _files() -> QuerySet[ArchiveFile]:
    there = ArchiveFile.objects.filter(table=Participant._meta.db_table).exclude(state=ArchiveState.DESTROYED)
    return there.order_by("made_at", "id")


@lru_cache(maxsize=64)  # a run asks before each of its slices what is held
def _seats_in(file: ArchiveFile, _sha256: str, students: tuple[str, ...]) -> tuple[Seat, ...]:
    # Arrow takes a second to load, and every process that knows of holds imports this module.
    import pyarrow as pa
    import pyarrow.compute as pc

    from retention.archive import contents

    seats = contents.read(file, _COLUMNS)
    theirs = seats.filter(pc.is_in(seats.column("student_id"), value_set=pa.array(students, pa.string())))
    return tuple(zip(*(theirs.column(name).to_pylist() for name in _COLUMNS), strict=True))
