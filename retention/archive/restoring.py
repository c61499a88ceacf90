"""Brings archived rows back into the catalog, through the gateway like every other write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import codec, gateway
from retention.archive import contents
from retention.fates import Rule
from retention.models import ArchiveFile, ArchiveState
from retention.schedule import rule_named

__all__ = ["Differs", "Plan", "plan_of", "restore"]

# Rows that are looked up in one statement.
LOOKED_UP = 500


class Differs(Exception):
    """Rows of the catalog have the ids of archived ones and say something else. Nothing was written."""


@dataclass(slots=True)
class Plan:
    """What a restoration means, in numbers: rows that come back, that are there already, and there with other values.

    `lonely` counts by relation the rows whose session, group or seat is not in the catalog: a sweep destroys those.
    """

    new: list[tuple[Any, ...]] = field(default_factory=list)
    same: int = 0
    different: int = 0
    lonely: dict[str, int] = field(default_factory=dict)


def plan_of(file: ArchiveFile) -> Plan:
    """Return what restoring a file would do; nothing is written. Raises Damaged."""
    rule, rows = rule_named(file.table), contents.read(file)
    plan = Plan()
    for archived in _portions(rows):
        _compare(rule.model, archived, plan)
    plan.lonely = {name: number for name in rule.goes_with if (number := _lonely(rule, name, rows))}
    return plan


def restore(*, file: ArchiveFile, reason: str, by: Actor, now: datetime) -> Plan:
    """Bring the rows of a file back that are not in the catalog; the file stays.

    Raises Differs, Damaged, ValidationError for a value that the catalog does not take by now, and what the gateway
    raises; then nothing is written.
    """
    plan = plan_of(file)
    if plan.different:
        raise Differs(f"{plan.different} rows are in the catalog with other values.")
    model = rule_named(file.table).model
    with transaction.atomic():
        gateway.insert_many(model, _columns(model), plan.new)
        file.state, file.restored_at, file.restored_reason = ArchiveState.RESTORED, now, reason
        file.save(update_fields=["state", "restored_at", "restored_reason"])
        record(
            "retention.archive_restored",
            by=by,
            school_id=file.school_id,
            resource=("archive_file", file.id),
            data={"table": file.table, "month": file.month, "rows": len(plan.new), "were_there": plan.same},
            at=now,
        )
    return plan


def _portions(rows: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, rows.num_rows, LOOKED_UP):
        yield rows.slice(start, LOOKED_UP).to_pylist(maps_as_pydicts="strict")


def _compare(model: type[CatalogModel], archived: list[dict[str, Any]], plan: Plan) -> None:
    there = model._default_manager.in_bulk([row["id"] for row in archived])
    columns = _columns(model)
    for row in archived:
        held = there.get(row["id"])
        if held is None:
            plan.new.append(tuple(row[name] for name in columns))
        elif codec.row_values(held) == row:
            plan.same += 1
        else:
            plan.different += 1


def _columns(model: type[CatalogModel]) -> list[str]:
    """Return the columns as the gateway takes them, the key first."""
    names = [field.attname for field in model.columns()]
    return ["id", *(name for name in names if name != "id")]


def _lonely(rule: Rule, relation: str, rows: pa.Table) -> int:
    """Count the rows that name an owner which the catalog does not have."""
    column, owner = rule.model.reference(relation)
    named = rows.column(column).to_pylist()
    wanted = sorted({one for one in named if one is not None})
    known: set[str] = set()
    for start in range(0, len(wanted), LOOKED_UP):
        found = owner._default_manager.filter(pk__in=wanted[start : start + LOOKED_UP])
        known.update(found.values_list("pk", flat=True))
    return sum(one is not None and one not in known for one in named)
