"""Sorts waiting entries into runs that one statement can apply. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry

__all__ = ["runs"]

Kind = tuple[str, ...]


def runs(entries: Sequence[OutboxEntry], joined: Collection[Operation]) -> list[list[OutboxEntry]]:
    """Return `entries` as runs of one table, one operation and the same columns, no row twice in a run.

    Only the operations in `joined`, of one row or of many, come several to a run. What must stay in order stays:
    the entries of a transaction, and those of a row. Others may pass each other, as they do where one is stuck: so
    consent row, audit event and flag of a hundred families are three runs, the flags last.
    """
    found: list[list[OutboxEntry]] = []
    latest: dict[Kind, int] = {}  # the last run of each kind
    units: dict[str, int] = {}  # the run that holds the last entry of a transaction
    rows: dict[tuple[str, str], int] = {}  # the first run that may hold the next entry of a row
    for entry in entries:
        own = [(entry.table, row_id) for row_id in entry.row_ids]
        earliest = max(units.get(entry.unit, 0), *(rows.get(row, 0) for row in own))
        kind = _kind(entry)
        place = latest.get(kind, -1) if entry.verb in joined else -1
        if place < earliest:
            place = latest[kind] = len(found)
            found.append([])
        found[place].append(entry)
        units[entry.unit] = place
        rows.update(dict.fromkeys(own, place + 1))
    return found


def _kind(entry: OutboxEntry) -> Kind:
    return entry.table, entry.verb, *sorted(entry.columns)
