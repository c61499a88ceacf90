"""Carries waiting entries to the warehouse, in order, as often as it takes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.models import F

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.outbox import lease
from classwaves_admin.warehouse.outbox.apply import ALIAS, apply
from classwaves_admin.warehouse.outbox.models import OutboxEntry

logger = logging.getLogger(__name__)

BATCH = 500
# After so many failures of one entry, while the warehouse answers, the fault is the entry's own.
PATIENCE_WITH_ENTRY = 8
# So often the lease is renewed, in seconds: with the longest statement on top it stays below lease.LEASE.
RENEW_AFTER = 10.0
# What an entry can fail with for its own sake: the warehouse's refusal, or a payload of an older release.
REFUSALS = (DatabaseError, ValidationError, FieldDoesNotExist, LookupError, TypeError, ValueError)


@dataclass(slots=True)
class Outcome:
    """What one delivery did. `busy`: another process is delivering; `resting`: too soon after a failure."""

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
        return entry.unit in self.units or (entry.table, entry.row_id) in self.rows

    def add(self, entry: OutboxEntry) -> None:
        self.units.add(entry.unit)
        self.rows.add((entry.table, entry.row_id))
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
        if time.monotonic() - self.renewed >= RENEW_AFTER:
            self.renew()

    def renew(self) -> None:
        """Renew the lease. Raises _LeaseLost."""
        self.renewed = time.monotonic()
        if not lease.renew(self.holder):
            raise _LeaseLost


def deliver(*, even_if_resting: bool = False, for_seconds: float = float("inf")) -> Outcome:
    """Apply what waits and remove it from the outbox; return what happened.

    After `for_seconds` no further batch is begun: a page must not deliver a night's backlog. Never raises
    for a warehouse that is down: entries stay and the next call tries again, later each time. An entry
    that the warehouse refuses is marked stuck; the rest goes on without it.
    """
    holder = new_id()
    if not lease.take(holder, even_if_resting=even_if_resting):
        resting = lease.resting()
        return Outcome(busy=not resting, resting=resting)
    outcome, hold, ends = Outcome(), _Hold(holder), time.monotonic() + for_seconds
    try:
        blocked = _Blocked()
        for batch in _batches(blocked):
            hold.renew()
            if not _deliver_batch(batch, blocked, outcome, hold.keep) or time.monotonic() >= ends:
                break
    except _LeaseLost:
        logger.warning("the lease of the outbox has passed to another process")
    finally:
        lease.release(holder)
    return outcome


def _batches(blocked: _Blocked) -> Iterator[list[OutboxEntry]]:
    """Yield the waiting entries in order, without those behind a stuck one."""
    last = 0
    while page := list(OutboxEntry.objects.filter(id__gt=last).order_by("id")[:BATCH]):
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


def _deliver_batch(batch: list[OutboxEntry], blocked: _Blocked, outcome: Outcome, keep: Callable[[], None]) -> bool:
    """Apply a batch; return False when the warehouse does not answer."""
    try:
        apply(batch, keep=keep)
    except (OperationalError, InterfaceError) as error:
        # At first it is taken for the warehouse's own trouble. Where the same entry leads again and the
        # warehouse answers, each entry is tried alone, to find the one that cannot be applied.
        if batch[0].attempts == 0 or not _answers():
            return _wait(batch[0], error, outcome)
        return all(_deliver_alone(entry, blocked, outcome, keep) for entry in batch)
    except REFUSALS:
        return all(_deliver_alone(entry, blocked, outcome, keep) for entry in batch)
    _done(batch, outcome)
    return True


def _deliver_alone(entry: OutboxEntry, blocked: _Blocked, outcome: Outcome, keep: Callable[[], None]) -> bool:
    """Apply one entry of a batch that failed; return False when the warehouse does not answer."""
    if blocked.holds(entry):
        blocked.add(entry)
        return True
    try:
        apply([entry], keep=keep)
    except (OperationalError, InterfaceError) as error:
        if entry.attempts < PATIENCE_WITH_ENTRY or not _answers():
            return _wait(entry, error, outcome)
        _stick(entry, error, blocked, outcome)
    except REFUSALS as error:
        _stick(entry, error, blocked, outcome)
    else:
        _done([entry], outcome)
    return True


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
    OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    lease.succeeded(len(entries))
    outcome.delivered += len(entries)


def _stick(entry: OutboxEntry, error: Exception, blocked: _Blocked, outcome: Outcome) -> None:
    reason = _describe(error)
    OutboxEntry.objects.filter(pk=entry.pk).update(stuck_at=now(), attempts=F("attempts") + 1, last_error=reason)
    logger.error("outbox entry %s for %s is stuck: %s", entry.pk, entry.table, reason)
    blocked.add(entry)
    outcome.stuck += 1


def _answers() -> bool:
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def _describe(error: Exception) -> str:
    """Name the error without its text, which may quote the row."""
    state = getattr(error.__cause__, "sqlstate", None) or getattr(error.__cause__, "sqlite_errorname", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__
