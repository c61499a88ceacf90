"""Verifies the rows of each day against their leaves, and those against the roots of the seals (chains.py).

Nothing is written. What is found is told by ids and numbers alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from audit.models import ErasedRow, Seal, SealedRow
from audit.proof.disposal import places_let_go
from audit.proof.keys import public_keys
from audit.proof.rows import counts_by_day, readable_rows, rows_of_day
from audit.proof.sealing import EVENT
from audit.proof.verifier import (
    COLUMNS,
    Finding,
    Row,
    erased_leaf,
    instant,
    is_erasure,
    leaf,
    root,
)
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox.gateway import LOG
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["DayCheck", "check_day", "days_to_check"]

# A row whose time lies so far before the last sealing, and that has no seal, came after it.
LATE = timedelta(days=1)
_IDS = 2_000
_TIME, _TYPE = COLUMNS.index("event_timestamp"), COLUMNS.index("event_type")


@dataclass(slots=True)
class DayCheck:
    """What the check of one day found: rows read, those without a seal, and what is wrong."""

    rows: int = 0
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a sealed row."""

    row_id: str
    seal_id: str
    place: int
    leaf: bytes
    salt: bytes | None


def days_to_check(school_id: str, since: date | None = None, until: date | None = None) -> list[date]:
    """Return the days, both ends included, that have rows or seals, oldest first. One warehouse query."""
    seals = Seal.objects.filter(school_id=school_id)
    if since:
        seals = seals.filter(day__gte=since)
    if until:
        seals = seals.filter(day__lte=until)
    return sorted({*counts_by_day(school_id, since, until), *seals.order_by().values_list("day", flat=True)})


def check_day(school_id: str, day: date, *, looked_at: datetime | None) -> DayCheck:
    """Check the rows of one school and day. One warehouse query, and one more for each 2,000 rows that are missing.

    `looked_at` is when the school was last sealed: only what came since may be without a seal.
    """
    seals = _SealsOfDay(school_id, day)
    found = DayCheck(findings=seals.reordered())
    late = instant((looked_at - LATE).isoformat()) if looked_at else ""
    previous: str | None = None
    unreadable: list[str] = []
    for rows in readable_rows(rows_of_day(school_id, day), unreadable):
        found.rows += len(rows)
        known, erased = _known([row[0] or "" for row in rows])
        for row in rows:
            row_id = row[0] or ""
            sealed = known.get(row_id)
            if row_id == previous:  # copies stand side by side; most engines keep them out by the primary key
                kind: str | None = "doubled"
            elif sealed is not None:
                kind = seals.wrong(row, sealed, erased.get(row_id))
            else:
                found.unsealed += 1
                # Events of sealing wait for other rows, however long that takes; check_chain holds them to the seals.
                kind = "inserted" if (row[_TIME] or "") < late and row[_TYPE] != EVENT else None
            previous = row_id
            if kind:
                found.findings.append(Finding(kind, school_id, row=row_id, seal=seals.number_of(sealed)))
    found.findings += [Finding("unreadable", school_id, row=row_id) for row_id in unreadable]
    found.findings += seals.missing()
    return found


class _SealsOfDay:
    """The seals of one school and day, and which of their rows were met."""

    def __init__(self, school_id: str, day: date) -> None:
        self._keys = public_keys()
        self._seals = {seal.pk: seal for seal in Seal.objects.filter(school_id=school_id, day=day).order_by("number")}
        self._let_go = {seal.pk: places_let_go(seal, self._keys) for seal in self._seals.values()}
        self._met: Counter[str] = Counter()

    def number_of(self, sealed: Sealed | None) -> int | None:
        """Return the number of the row's seal, where that is one of this school and day."""
        seal = self._seals.get(sealed.seal_id) if sealed else None
        return seal.number if seal else None

    def reordered(self) -> list[Finding]:
        """Return the seals whose leaves no longer make their root."""
        return [finding for seal in self._seals.values() if (finding := _reordered(seal))]

    def wrong(self, row: Row, sealed: Sealed, erased: ErasedRow | None) -> str | None:
        """Take note of a row that was met; return the kind of what is wrong with it, or None."""
        if sealed.seal_id not in self._seals:
            return "moved"
        if sealed.place in self._let_go[sealed.seal_id]:
            return None if _is_on_its_way(sealed.row_id, Operation.DELETE) else "returned"
        self._met[sealed.seal_id] += 1
        return _wrong(row, sealed, erased, self._keys)

    def missing(self) -> Iterator[Finding]:
        """Yield the rows that were not met and that retention did not delete."""
        for seal in self._seals.values():
            if self._met[seal.pk] != seal.rows - len(self._let_go[seal.pk]):
                yield from _missing(seal, self._let_go[seal.pk])


def _reordered(seal: Seal) -> Finding | None:
    leaves = SealedRow.objects.filter(seal=seal).order_by("place").values_list("place", "leaf")
    places, hashes = [], []
    for place, leaf_hash in leaves.iterator(chunk_size=_IDS):
        places.append(place)
        hashes.append(bytes(leaf_hash))
    try:
        sealed = seal.record["root"]
    except (ValueError, KeyError):
        return Finding("seal_altered", seal.school_id, seal=seal.number)
    if places == list(range(seal.rows)) and hashes and root(hashes).hex() == sealed:
        return None
    return Finding("reordered", seal.school_id, seal=seal.number)


def _known(row_ids: Sequence[str]) -> tuple[dict[str, Sealed], dict[str, ErasedRow]]:
    """Return what is kept of these rows, whichever school they had when they were sealed."""
    known: dict[str, Sealed] = {}
    erased: dict[str, ErasedRow] = {}
    with system_scope(reason="a row may have been sealed in another school"):
        for start in range(0, len(row_ids), _IDS):
            part = row_ids[start : start + _IDS]
            rows = SealedRow.objects.filter(pk__in=part)
            for row_id, seal_id, place, leaf_hash, salt in rows.values_list(
                "row_id", "seal_id", "place", "leaf", "salt"
            ):
                known[row_id] = Sealed(row_id, seal_id, place, bytes(leaf_hash), None if salt is None else bytes(salt))
            without = [row_id for row_id in part if row_id in known and known[row_id].salt is None]
            erased.update({one.row_id: one for one in ErasedRow.objects.filter(pk__in=without)})
    return known, erased


def _wrong(row: Row, sealed: Sealed, erased: ErasedRow | None, keys: Mapping[str, bytes]) -> str | None:
    """Return the kind of what is wrong with a row against its leaf, or None."""
    if sealed.salt is not None:
        return None if leaf(row, sealed.salt) == sealed.leaf else "altered"
    if erased is None or not is_erasure(sealed.row_id, sealed.leaf, erased.kept, keys):
        return "altered"
    now = erased_leaf(row, erased.kept)
    if now is None:
        return None if _is_on_its_way(sealed.row_id, Operation.UPDATE) else "refilled"
    return None if now == sealed.leaf else "altered"


def _is_on_its_way(row_id: str, verb: Operation) -> bool:
    """Tell whether the outbox still has the erasure or deletion of the row for the catalog, and nothing refused it."""
    waiting = OutboxEntry.objects.filter(table=LOG, operation__startswith=verb, stuck_at=None)
    return any(row_id in entry.row_ids for entry in waiting.iterator())


def _missing(seal: Seal, let_go: Container[int]) -> Iterator[Finding]:
    """Yield the rows of a seal that are not there with its school and day, and were not let go."""
    sealed = SealedRow.objects.filter(seal=seal).order_by("place").values_list("row_id", "place")
    row_ids = [row_id for row_id, place in sealed if place not in let_go]
    here = rows_of_day(seal.school_id, seal.day).order_by()
    for start in range(0, len(row_ids), _IDS):
        part = row_ids[start : start + _IDS]
        there = set(here.filter(pk__in=part).values_list("pk", flat=True))
        gone = [row_id for row_id in part if row_id not in there]
        with system_scope(reason="a sealed row may have another school now"):
            elsewhere = set(AuditLog.objects.filter(pk__in=gone).values_list("pk", flat=True)) if gone else set()
        for row_id in gone:
            kind = "moved" if row_id in elsewhere else "removed"
            yield Finding(kind, seal.school_id, row=row_id, seal=seal.number)
