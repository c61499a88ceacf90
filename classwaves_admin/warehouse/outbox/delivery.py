"""Carries waiting entries to the warehouse, in order, as often as it takes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, takewhile
from typing import Literal

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DatabaseError, InterfaceError, OperationalError, connections, transaction
from django.db.models import F

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.lib.quick_commit import quick_commit
from classwaves_admin.warehouse.awake import answers
from classwaves_admin.warehouse.outbox import lease
from classwaves_admin.warehouse.outbox.apply import ALIAS, apply, batch_size, most_rows, steps
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from classwaves_admin.warehouse.trouble import Kind, Trouble, explain

logger = logging.getLogger(__name__)

# A page takes no more than this at once, on any engine.
BATCH_OF_PAGE = 500
# After so many failures of one entry, while the warehouse answers, the fault is the entry's own.
PATIENCE_WITH_ENTRY = 8
# Troubles that no entry can be blamed for, however often they come.
NEVER_THE_ENTRYS = frozenset({Kind.WAKING, Kind.TOKEN, Kind.PERMISSION})
# Of an explanation, as the outbox keeps it, in characters.
LONGEST_REASON = 200
# What an entry can fail with for its own sake: the warehouse's refusal, or a payload of an older release.
REFUSALS = (DatabaseError, ValidationError, FieldDoesNotExist, LookupError, TypeError, ValueError)


@dataclass(slots=True)
class Outcome:
    """What one delivery did, in rows. `busy`: another process is delivering; `resting`: too soon after a failure."""

    delivered: int = 0
    stuck: int = 0
    busy: bool = False
    resting: bool = False
    failed: bool = False


@dataclass(slots=True)
class _Blocked:
    """Units and rows that wait behind a stuck entry. `passed` counts the entries that were left where they are."""

    units: set[str] = field(default_factory=set)
    rows: set[tuple[str, str]] = field(default_factory=set)
    passed: int = 0

    def holds(self, entry: OutboxEntry) -> bool:
        return entry.unit in self.units or any((entry.table, row_id) in self.rows for row_id in entry.row_ids)

    def let_through(self, entries: list[OutboxEntry]) -> list[OutboxEntry]:
        """Return the entries that need not wait, and add the others."""
        free = []
        for entry in entries:
            if self.holds(entry):
                self.add(entry)
            else:
                free.append(entry)
        return free

    def add(self, entry: OutboxEntry) -> None:
        self.units.add(entry.unit)
        self.rows.update((entry.table, row_id) for row_id in entry.row_ids)
        self.passed += 1


class _LeaseLost(Exception):
    """Another process delivers now; what this one has not committed is the other's."""


@dataclass(slots=True)
class _Hold:
    """Our lease, renewed in time while a batch goes on."""

    holder: str
    renewed: float = field(default_factory=time.monotonic)

    def keep(self) -> None:
        """Renew the lease where it is time. Raises _LeaseLost."""
        if time.monotonic() - self.renewed >= lease.RENEW_AFTER:
            self.renew()

    def renew(self) -> None:
        """Renew the lease. Raises _LeaseLost."""
        self.renewed = time.monotonic()
        if not lease.renew(self.holder):
            raise _LeaseLost


@dataclass(frozen=True, slots=True)
class _Way:
    """What one delivery goes with: what is held back, what it has done, and what keeps its lease."""

    blocked: _Blocked
    outcome: Outcome
    keep: Callable[[], None]


def deliver(*, even_if_resting: bool = False, for_seconds: float = float("inf")) -> Outcome:
    """Apply what waits and remove it from the outbox; return what happened.

    After `for_seconds` no further batch is begun: a page must not deliver a night's backlog. Never raises
    for a warehouse that is down: entries stay and the next call tries again, later each time. An entry
    that the warehouse refuses is marked stuck; the rest goes on without it.

    Its own notes need not wait for the disk: a lease ends by itself, and an entry that a power cut brings back
    is applied again, which changes nothing.
    """
    with quick_commit():
        return _deliver(even_if_resting=even_if_resting, for_seconds=for_seconds)


def _deliver(*, even_if_resting: bool, for_seconds: float) -> Outcome:
    holder = new_id()
    if not lease.take(holder, even_if_resting=even_if_resting):
        resting = lease.resting()
        return Outcome(busy=not resting, resting=resting)
    outcome, hold, ends = Outcome(), _Hold(holder), time.monotonic() + for_seconds
    try:
        way = _Way(_Blocked(), outcome, hold.keep)
        size = batch_size() if for_seconds == float("inf") else min(batch_size(), BATCH_OF_PAGE)
        for number, batch in enumerate(_batches(way.blocked, size)):
            if number:  # before the first one it has just been taken
                hold.renew()
            if not all(_deliver_step(step, way) for step in steps(batch)) or time.monotonic() >= ends:
                break
    except _LeaseLost:
        logger.warning("the lease of the outbox has passed to another process")
    finally:
        lease.release(holder)
    return outcome


def _batches(blocked: _Blocked, size: int) -> Iterator[list[OutboxEntry]]:
    """Yield the waiting entries in order, at most `size` at a time, without those behind a stuck one."""
    last = 0
    while page := _page(last, size):
        # Numbers are given before the commit: a transaction that ended meanwhile may have entries behind us,
        # and what is on this page may rest on them.
        if last and OutboxEntry.objects.filter(id__lte=last).count() > blocked.passed:
            last = blocked.passed = 0
            continue
        last = page[-1].id
        batch = []
        for entry in page:
            if entry.stuck_at or blocked.holds(entry):
                blocked.add(entry)
            else:
                batch.append(entry)
        if batch:
            yield batch


def _page(last: int, size: int) -> list[OutboxEntry]:
    """Return the next entries behind number `last`: at most `size`, of as many rows as are applied at once."""
    found = list(OutboxEntry.objects.filter(id__gt=last).order_by("id")[:size])
    weights = accumulate(entry.weight for entry in found)
    fitting = sum(1 for rows in takewhile(lambda rows: rows <= most_rows(), weights))
    return found[: max(fitting, 1)]


def _deliver_step(step: list[OutboxEntry], way: _Way, *, doubted: bool = False, again: bool = False) -> bool:
    """Apply what arrives together, in halves where it fails; return False when the warehouse does not answer.

    The halves end at the one entry that cannot be applied: 5,000 entries need two dozen statements for it.
    `doubted`: this is a part of what failed before, so the fault may be an entry's own. `again`: it failed
    while the warehouse answered.
    """
    step = way.blocked.let_through(step)
    if not step:
        return True
    try:
        apply(step, keep=way.keep)
    except REFUSALS as error:
        if _is_the_warehouses(error, step, doubted=doubted):
            return _wait(step[0], error, way.outcome)
        if len(step) > 1:
            middle = len(step) // 2
            return all(_deliver_step(half, way, doubted=True) for half in (step[:middle], step[middle:]))
        if isinstance(error, OperationalError | InterfaceError) and not again:
            # A long outage may have ended between the statement and the question after it.
            return _deliver_step(step, way, doubted=True, again=True)
        _stick(step[0], error, way)
    else:
        _done(step, way.outcome)
    return True


def _is_the_warehouses(error: Exception, step: list[OutboxEntry], *, doubted: bool) -> bool:
    """Tell whether the warehouse itself is in trouble, rather than an entry at fault.

    A missing grant is always the former. A lost connection or a timeout is taken for it at first; where the
    same entry leads again and the warehouse answers, the fault may be the entry's.
    """
    if _never_the_entrys(error) or type(error.__cause__).__name__ == "ConcurrentChange":
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    patient = not doubted and step[0].attempts == 0 if len(step) > 1 else step[0].attempts < PATIENCE_WITH_ENTRY
    return patient or not answers()


def _wait(entry: OutboxEntry, error: Exception, outcome: Outcome) -> Literal[False]:
    """Note the attempt and leave the warehouse alone for a while."""
    reason = _describe(error)
    OutboxEntry.objects.filter(pk=entry.pk).update(attempts=F("attempts") + 1, last_error=reason)
    retry_at = lease.failed(reason)
    logger.warning("the warehouse does not answer (%s); next try at %s", reason, retry_at.isoformat(timespec="seconds"))
    outcome.failed = True
    connections[ALIAS].close_if_unusable_or_obsolete()
    return False


def _done(entries: list[OutboxEntry], outcome: Outcome) -> None:
    rows = sum(entry.weight for entry in entries)
    with transaction.atomic():
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
        lease.succeeded(rows)
    outcome.delivered += rows


def _stick(entry: OutboxEntry, error: Exception, way: _Way) -> None:
    reason = _describe(error)
    OutboxEntry.objects.filter(pk=entry.pk).update(stuck_at=now(), attempts=F("attempts") + 1, last_error=reason)
    logger.error("outbox entry %s for %s is stuck: %s", entry.pk, entry.table, reason)
    way.blocked.add(entry)
    way.outcome.stuck += 1


def _describe(error: Exception) -> str:
    """Name the error without its text, which may quote the row; for a missing grant, say what to grant."""
    if trouble := _never_the_entrys(error):
        return trouble.operator[:LONGEST_REASON]
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__


def _never_the_entrys(error: Exception) -> Trouble | None:
    trouble = explain(error)
    return trouble if trouble and trouble.kind in NEVER_THE_ENTRYS else None
