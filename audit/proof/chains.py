"""Verifies the chain of a school: signatures, links, what the log says of its seals, and what is kept of it.

Nothing is written. What is found is told by ids and numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.models import Chain, Seal
from audit.proof.sealing import EVENT
from audit.proof.verifier import ChainChecker, Finding, Link, digest
from audit.rules.messy import parsed
from classwaves_admin.warehouse.models import AuditLog

__all__ = ["check_chain", "checkpoint_holds"]


def check_chain(school_id: str, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield what is wrong with the seals of a school, in their order. One warehouse query.

    The events `audit.sealed` of the log tell of each seal: a chain that lost its end has fewer seals.
    """
    checker, told, last = ChainChecker(school_id, keys), _told_by_log(school_id), 0
    found = False
    before, rows, agrees = _kept_of(school_id), 0, True  # agrees: what is kept of the chain with its seals
    for seal in Seal.objects.filter(school_id=school_id).order_by("number").iterator():
        if finding := checker.check(Link(seal.checkpoint, seal.signature), seal.number) or _differing(seal):
            yield finding
            found = True
        elif told.get(seal.number, {seal.digest}) != {seal.digest}:
            yield Finding("contradicted", school_id, seal=seal.number)
            found = True
        last, rows = seal.number, rows + seal.rows
        if last == before.number:
            agrees = (seal.digest, rows) == (before.head, before.rows)
    if max([*told, before.number]) > last:
        yield Finding("cut", school_id, seal=last + 1)
    elif not found and (not agrees or _kept_of(school_id).number < last):  # asked anew: seals may have come meanwhile
        yield Finding("miscounted", school_id)


def checkpoint_holds(record: Mapping[str, object]) -> Finding | None:
    """Hold a checkpoint that somebody kept elsewhere against the chain; return what is wrong, or None."""
    school_id, number = str(record.get("school")), record.get("number")
    if not isinstance(number, int):
        return Finding("seal_altered", school_id)
    seal = Seal.objects.filter(school_id=school_id, number=number).first()
    if seal is None:
        return Finding("cut", school_id, seal=number)
    return None if seal.digest == digest(record) else Finding("seal_altered", school_id, seal=number)


def _kept_of(school_id: str) -> Chain:
    return Chain.objects.filter(pk=school_id).first() or Chain(school_id=school_id)


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
    said = (record["day"], record["rows"], record["sealed_at"], digest(record))
    same = said == (seal.day.isoformat(), seal.rows, seal.sealed_at.isoformat(), seal.digest)
    return None if same else Finding("seal_altered", seal.school_id, seal=seal.number)
