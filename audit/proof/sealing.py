"""Seals the log: new rows of a school and day -> leaves -> root -> a signed checkpoint that names its predecessor.

A row is sealed once: SealedRow's primary key refuses a second time, and what a sealed row says later is for the
verification to judge, never for a new seal. Rows that come late, whatever day their clock says, get a seal of
their own. Seal, leaves, salts, the chain's head and the event `audit.sealed` are one transaction.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db import connections, transaction
from django.db.models import F, Sum

from audit.models import Chain, Seal, SealedRow
from audit.proof.keys import SealKey
from audit.proof.rows import BATCH, counts_by_day, readable_rows, rows_of_day
from audit.proof.verifier import COLUMNS, SALT_BYTES, SEAL_FORMAT, Row, canonical, digest, leaf, root
from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.ids import new_id
from classwaves_admin.lib.many_rows import insert_rows
from classwaves_admin.warehouse.outbox.gateway import LOG
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["EVENT", "chain_of", "seal_day", "unsealed_days"]

logger = logging.getLogger(__name__)

EVENT = "audit.sealed"
_TYPE = COLUMNS.index("event_type")
RECENT = timedelta(days=1)
WEEK = timedelta(weeks=1)
HOURS = 7 * 24
# Ids in one question to the portal's database.
_IDS = 2_000


def chain_of(school_id: str) -> Chain:
    """Return the chain of a school, begun where there is none."""
    return Chain.objects.get_or_create(school_id=school_id)[0]


def unsealed_days(
    school_id: str, *, now: datetime, after: date | None = None, since: datetime | None = None
) -> list[date]:
    """Return the days, beyond `after`, that may have rows without a seal, oldest first. One warehouse query.

    They are the days of which the log has another number of rows than the seals, and today and yesterday whatever
    the numbers say. A day on which rows were removed or moved stays among them. Each day has its turn once a week
    too, since as many rows may have come as went; `since` is when the school was last looked through.
    """
    sealed = Seal.objects.filter(school_id=school_id).order_by().values("day")
    expected = {found["day"]: found["number"] for found in sealed.annotate(number=Sum(F("rows") - F("disposed")))}
    lately = (now - RECENT).date()
    differing = [
        day
        for day, number in counts_by_day(school_id).items()
        if number != expected.get(day, 0) or lately <= day <= now.date() or _has_its_turn(day, since, now)
    ]
    return [day for day in differing if after is None or day > after]


def _has_its_turn(day: date, since: datetime | None, now: datetime) -> bool:
    """Tell whether the day's hour of the week has come since the last look: rounds read a few old days each."""
    first, last = (int(moment.timestamp() // 3600) for moment in (since or now - WEEK, now))
    return (day.toordinal() - first - 1) % HOURS < last - first


def seal_day(*, school_id: str, day: date, key: SealKey, by: Actor, now: datetime, along: bool = False) -> list[Seal]:
    """Seal the rows of one school and day that have no seal, at most BATCH in each; return the seals.

    Events of sealing alone are left for later: each seal would call for the next one. With `along` they are
    sealed too. One warehouse query.
    """
    made = []
    waiting: list[Row] = []
    chain = chain_of(school_id)
    for fresh in _fresh(school_id, day):
        waiting += fresh
        while len(waiting) >= BATCH:
            made += _seal(chain, day, waiting[:BATCH], key, by, now)
            waiting = waiting[BATCH:]
    if along or made or any(row[_TYPE] != EVENT for row in waiting):
        made += _seal(chain, day, waiting, key, by, now)
    return made


def _fresh(school_id: str, day: date) -> Iterator[list[Row]]:
    changing = _being_erased()
    unreadable: list[str] = []
    for rows in readable_rows(rows_of_day(school_id, day), unreadable):
        known = _sealed_ids(rows)
        yield [row for row in rows if row[0] not in known and row[0] not in changing]
    if unreadable:
        logger.error("%d rows of the audit log cannot be read and stay without a seal.", len(unreadable))


def _being_erased() -> set[str]:
    """Return the rows whose erasure waits for the catalog: they are sealed as they will be, in a later round."""
    waiting = OutboxEntry.objects.filter(table=LOG, operation__startswith=Operation.UPDATE)
    return {row_id for entry in waiting.iterator() for row_id in entry.row_ids}


def _sealed_ids(rows: Sequence[Row]) -> set[str]:
    ids = [row[0] for row in rows if row[0] is not None]
    found: set[str] = set()
    for start in range(0, len(ids), _IDS):
        part = SealedRow.objects.filter(pk__in=ids[start : start + _IDS])
        found.update(part.values_list("pk", flat=True))
    return found


def _seal(before: Chain, day: date, rows: Sequence[Row], key: SealKey, by: Actor, now: datetime) -> list[Seal]:
    """Write one seal over the rows; none where another process sealed them all since the chain was as `before`.

    Nor where rows without a seal were erased since then: these may be among them, as they were.
    """
    school_id = before.school_id
    salts = [secrets.token_bytes(SALT_BYTES) for _ in rows]
    leaves = [leaf(row, salt) for row, salt in zip(rows, salts, strict=True)]
    with transaction.atomic():
        chain = Chain.objects.select_for_update().get(pk=school_id)
        if chain.erasures != before.erasures:
            return []
        known = _sealed_ids(rows)
        # By id: what a service sent twice is sealed once, and the verification names the copy.
        ready = {row[0]: each for row, *each in zip(rows, leaves, salts, strict=True) if row[0] not in known}
        if not ready:
            return []
        seal = _next_seal(chain, day, [leaf_hash for leaf_hash, _ in ready.values()], key, now)
        seal.save(force_insert=True)
        insert_rows(
            connections["default"],
            SealedRow,
            ["row_id", "place", "leaf", "salt"],
            ((row_id, place, *kept) for place, (row_id, kept) in enumerate(ready.items())),
            shared={"seal_id": seal.pk, "disposed_at": None},
        )
        chain.number, chain.head, chain.rows = seal.number, seal.digest, chain.rows + seal.rows
        chain.save(update_fields=["number", "head", "rows"])
        # In the process's log too, which leaves the machine: a witness that no password of a database reaches. Half of
        # the digest is enough to know it by, and no line has what could be a token.
        witness = (seal.number, school_id, seal.digest[:32])
        transaction.on_commit(lambda: logger.info("Seal %d of school %s: %s", *witness))
        data = {name: seal.record[name] for name in ("number", "day", "rows", "root", "key")}
        record(
            EVENT, by=by, school_id=school_id, resource=("seal", seal.pk), data=data | {"digest": seal.digest}, at=now
        )
    return [seal]


def _next_seal(chain: Chain, day: date, leaves: Sequence[bytes], key: SealKey, now: datetime) -> Seal:
    signed = {
        "format": SEAL_FORMAT,
        "school": chain.school_id,
        "number": chain.number + 1,
        "day": day.isoformat(),
        "rows": len(leaves),
        "root": root(leaves).hex(),
        "previous": chain.head or None,
        "sealed_at": now.isoformat(),
        "key": key.id,
    }
    return Seal(
        id=new_id(),
        school_id=chain.school_id,
        number=chain.number + 1,
        day=day,
        rows=len(leaves),
        checkpoint=canonical(signed).decode(),
        signature=key.sign(signed),
        digest=digest(signed),
        sealed_at=now,
    )
