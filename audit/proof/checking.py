"""Verifies the log: the chain of a school against its signatures, then the rows of each day against their leaves.

Nothing is written. What is found is told by ids and numbers alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from audit.models import Chain, ErasedRow, Seal, SealedRow
from audit.proof.rows import counts_by_day, readable_rows, rows_of_day
from audit.proof.sealing import EVENT
from audit.proof.verifier import COLUMNS, ChainChecker, Finding, Link, Row, digest, erased_leaf, instant, leaf, root
from audit.rules.messy import parsed
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox.gateway import LOG
from classwaves_admin.warehouse.outbox.models import OutboxEntry

__all__ = ["DayCheck", "check_chain", "check_day", "checkpoint_holds", "days_to_check"]

# A row whose time lies so far before the last sealing, and that has no seal, came after it.
LATE = timedelta(days=1)
_IDS = 2_000
_TIME = COLUMNS.index("event_timestamp")


@dataclass(slots=True)
class DayCheck:
    """What the check of one day found: rows read, those without a seal, and what is wrong."""

    rows: int = 0
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a sealed row."""

    seal_id: str
    leaf: bytes
    salt: bytes | None
    disposed: bool


def days_to_check(school_id: str, since: date | None = None, until: date | None = None) -> list[date]:
    """Return the days, both ends included, that have rows or seals, oldest first. One warehouse query."""
    seals = Seal.objects.filter(school_id=school_id)
    if since:
        seals = seals.filter(day__gte=since)
    if until:
        seals = seals.filter(day__lte=until)
    return sorted({*counts_by_day(school_id, since, until), *seals.order_by().values_list("day", flat=True)})


def check_chain(school_id: str, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield what is wrong with the seals of a school, in their order. One warehouse query.

    The events `audit.sealed` of the log tell of each seal: a chain that lost its end has fewer seals.
    """
    checker, told, last = ChainChecker(school_id, keys), _told_by_log(school_id), 0
    for seal in Seal.objects.filter(school_id=school_id).order_by("number").iterator():
        if finding := checker.check(Link(seal.checkpoint, seal.signature), seal.number) or _differing(seal):
            yield finding
        elif told.get(seal.number, {seal.digest}) != {seal.digest}:
            yield Finding("contradicted", school_id, seal=seal.number)
        last = seal.number
    chain = Chain.objects.filter(pk=school_id).first()
    if max([*told, chain.number if chain else 0]) > last:
        yield Finding("cut", school_id, seal=last + 1)


def check_day(school_id: str, day: date, *, looked_at: datetime | None) -> DayCheck:
    """Check the rows of one school and day. One warehouse query, and one more for each 2,000 rows that are missing.

    `looked_at` is when the school was last sealed: only what came since may be without a seal.
    """
    seals = {seal.pk: seal for seal in Seal.objects.filter(school_id=school_id, day=day).order_by("number")}
    found = DayCheck(findings=[finding for seal in seals.values() if (finding := _reordered(seal))])
    late = instant((looked_at - LATE).isoformat()) if looked_at else ""
    seen: Counter[str] = Counter()
    unreadable: list[str] = []
    for rows in readable_rows(rows_of_day(school_id, day), unreadable):
        found.rows += len(rows)
        known, erased = _known([row[0] or "" for row in rows])
        for row in rows:
            sealed = known.get(row[0] or "")
            if sealed is None:
                found.unsealed += 1
                if (row[_TIME] or "") < late:
                    found.findings.append(Finding("inserted", school_id, row=row[0]))
                continue
            seal = seals.get(sealed.seal_id)
            seen[sealed.seal_id] += not sealed.disposed
            if kind := "moved" if seal is None else _wrong(row, sealed, erased.get(row[0] or "")):
                found.findings.append(Finding(kind, school_id, row=row[0], seal=seal.number if seal else None))
    found.findings += [Finding("unreadable", school_id, row=row_id) for row_id in unreadable]
    for seal in seals.values():
        if seen[seal.pk] != seal.rows - seal.disposed:
            found.findings += _missing(seal)
    return found


def checkpoint_holds(record: Mapping[str, object]) -> Finding | None:
    """Hold a checkpoint that somebody kept elsewhere against the chain; return what is wrong, or None."""
    school_id, number = str(record.get("school")), record.get("number")
    if not isinstance(number, int):
        return Finding("seal_altered", school_id)
    seal = Seal.objects.filter(school_id=school_id, number=number).first()
    if seal is None:
        return Finding("cut", school_id, seal=number)
    return None if seal.digest == digest(record) else Finding("seal_altered", school_id, seal=number)


def _told_by_log(school_id: str) -> dict[int, set[str]]:
    """Return the digests of seals that the log's own events tell, by number."""
    told: dict[int, set[str]] = {}
    events = AuditLog.objects.filter(school_id=school_id, event_type=EVENT).order_by()
    for text in events.values_list("data_accessed", flat=True).iterator():
        data = parsed(text)
        if isinstance(data, dict) and isinstance(data.get("number"), int) and isinstance(data.get("digest"), str):
            told.setdefault(data["number"], set()).add(data["digest"])
    return told


def _differing(seal: Seal) -> Finding | None:
    """Tell where the columns of a seal say something else than its text."""
    record = seal.record
    same = (record["day"], record["rows"], digest(record)) == (seal.day.isoformat(), seal.rows, seal.digest)
    return None if same else Finding("seal_altered", seal.school_id, seal=seal.number)


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
            for row_id, seal_id, leaf_hash, salt, disposed in rows.values_list(
                "row_id", "seal_id", "leaf", "salt", "disposed_at"
            ):
                known[row_id] = Sealed(seal_id, bytes(leaf_hash), None if salt is None else bytes(salt), bool(disposed))
            without = [row_id for row_id in part if row_id in known and known[row_id].salt is None]
            erased.update({one.row_id: one for one in ErasedRow.objects.filter(pk__in=without)})
    return known, erased


def _wrong(row: Row, sealed: Sealed, erased: ErasedRow | None) -> str | None:
    """Return the kind of what is wrong with a row that is sealed for this day and school, or None."""
    if sealed.disposed:
        return None
    if sealed.salt is not None:
        return None if leaf(row, sealed.salt) == sealed.leaf else "altered"
    now = erased_leaf(row, erased.kept) if erased else b""
    if now is None:
        # The erasure may be on its way to the catalog.
        return None if OutboxEntry.objects.filter(table=LOG, operation__startswith="update").exists() else "refilled"
    return None if now == sealed.leaf else "altered"


def _missing(seal: Seal) -> Iterator[Finding]:
    """Yield the rows of a seal that are not there with its school and day."""
    sealed = SealedRow.objects.filter(seal=seal, disposed_at=None).order_by("place").values_list("row_id", flat=True)
    row_ids = list(sealed)
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
