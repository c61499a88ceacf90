"""How the warehouse is: whether it answers, how fast, what it is, and what is wrong with it.

One measurement serves `manage.py warehouse_status` and the system page. Reads only; at most three statements
on Databricks and PostgreSQL, besides those that measure latency.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.catalog import drift
from classwaves_admin.warehouse.server_facts import ServerFacts, facts_of, tables_of_catalog
from classwaves_admin.warehouse.trouble import explain

__all__ = ["Check", "State", "Status", "measure"]

# Audit events carry our clock and the rows of other services theirs: more than this and orders look wrong.
MOST_SKEW = timedelta(seconds=2)
MOST_LINES = 5
SLOW_SECONDS = 2.0


class State(StrEnum):
    """How one check went. UNKNOWN is no fault: the engine does not tell."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, how it went, a sentence, and what to do or see, line by line."""

    name: str
    state: State
    words: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """All checks of one moment."""

    engine: str
    measured_at: datetime
    checks: tuple[Check, ...]

    @property
    def is_good(self) -> bool:
        """Tell whether nothing is wrong."""
        return all(check.state is not State.BAD for check in self.checks)

    @property
    def is_known(self) -> bool:
        """Tell whether every check gave an answer."""
        return all(check.state is not State.UNKNOWN for check in self.checks)

    def as_data(self) -> dict[str, Any]:
        """Return what the command prints as JSON."""
        return {
            "ok": self.is_good,
            "engine": self.engine,
            "measured_at": self.measured_at.isoformat(timespec="milliseconds"),
            "checks": [
                {"name": each.name, "state": each.state.value, "words": each.words, "lines": list(each.lines)}
                for each in self.checks
            ],
        }


def measure(connection: BaseDatabaseWrapper, *, rounds: int = 0) -> Status:
    """Look at the warehouse. `rounds` small statements measure the latency; 0 takes the time of the first one."""
    at = now()
    try:
        times = [_small_statement(connection) for _ in range(rounds)]
        facts, sent, seconds = _ask(connection)
    except (DatabaseError, InterfaceError) as error:
        return Status(connection.vendor, at, (_unreached(error),))
    checks = (
        Check("Reachable", State.GOOD, "The warehouse answers."),
        _latency(times or [seconds]),
        Check("Server", State.GOOD, _server_words(facts)),
        _skew(facts, sent, seconds),
        _grants(facts),
        _drift(connection),
    )
    return Status(connection.vendor, at, checks)


def _small_statement(connection: BaseDatabaseWrapper) -> float:
    connection.ensure_connection()
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return time.perf_counter() - start


def _ask(connection: BaseDatabaseWrapper) -> tuple[ServerFacts, datetime, float]:
    """Return the facts, the moment of asking, and the seconds until the answer."""
    connection.ensure_connection()
    sent, start = now(), time.perf_counter()
    facts = facts_of(connection)
    return facts, sent, time.perf_counter() - start


def _unreached(error: Exception) -> Check:
    trouble = explain(error)
    assert trouble  # noqa: S101 - the caller caught an error of Django's
    lines = (trouble.operator, *((f"Query id: {trouble.query_id}",) if trouble.query_id else ()))
    return Check("Reachable", State.BAD, str(trouble.person), lines)


def _latency(times: list[float]) -> Check:
    middle = median(times)
    count = f"median of {len(times)} small statements" if len(times) > 1 else "one statement"
    state = State.BAD if middle > SLOW_SECONDS else State.GOOD
    return Check("Latency", state, f"{_milliseconds(middle)} ({count}).")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"  # noqa: PLR2004 - digits


def _server_words(facts: ServerFacts) -> str:
    user = f", as user {facts.user}" if facts.user else ""
    return f"{facts.version}, catalog {facts.catalog}{user}."


def _skew(facts: ServerFacts, sent: datetime, seconds: float) -> Check:
    """Compare the clocks: the server read its own at some time between question and answer, so about half-way."""
    if facts.clock is None:
        return Check("Clock", State.GOOD, "The catalog is a file of this machine: there is one clock.")
    skew = facts.clock - (sent + timedelta(seconds=seconds / 2))
    within = f"{abs(skew.total_seconds()):.1f} seconds {'ahead of' if skew > timedelta(0) else 'behind'} ours"
    if abs(skew) > MOST_SKEW + timedelta(seconds=seconds / 2):
        return Check("Clock", State.BAD, f"The server's clock is {within}.", ("Set both machines by NTP.",))
    return Check("Clock", State.GOOD, f"The server's clock is {within}.")


def _grants(facts: ServerFacts) -> Check:
    if facts.missing is None:
        words = "The server does not tell which grants the portal's user has."
        return Check("Grants", State.UNKNOWN, words)
    needed = tuple(each.statement for each in facts.missing if each.needed)
    if needed:
        return Check("Grants", State.BAD, f"Something is missing: {len(needed)} statements to run.", needed)
    if facts.missing:
        words = "The portal may read and write all tables. It may not make tables, which only migrations need."
        return Check("Grants", State.GOOD, words)
    return Check("Grants", State.GOOD, "The portal may read and write all tables.")


def _drift(connection: BaseDatabaseWrapper) -> Check:
    try:
        found = drift.drifts(connection)
    except (DatabaseError, InterfaceError) as error:
        check = _unreached(error)
        return Check("Catalog", State.BAD, check.words, check.lines)
    if not found:
        words = f"All {len(tables_of_catalog())} tables are as the models say."
        return Check("Catalog", State.GOOD, words)
    lines = tuple(str(each) for each in found[:MOST_LINES])
    rest = len(found) - len(lines)
    more: tuple[str, ...] = (f"and {rest} more: `manage.py catalog check` lists all",) if rest else ()
    if any(each.kind in {drift.Kind.MISSING_TABLE, drift.Kind.MISSING_COLUMN} for each in found):
        more += ("`manage.py catalog create` makes what is missing",)
    state = State.BAD if any(_matters(each) for each in found) else State.GOOD
    return Check("Catalog", state, f"The tables differ from the models in {len(found)} places.", lines + more)


def _matters(one: drift.Drift) -> bool:
    """Tell whether the portal could fail for it: what others added is theirs."""
    return one.kind not in {drift.Kind.EXTRA_TABLE, drift.Kind.EXTRA_COLUMN}
