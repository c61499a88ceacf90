"""Stuck changes as the page shows them: kinds and counts, never what a row holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Func, IntegerField, OuterRef, Q, QuerySet, Subquery

from classwaves_admin.warehouse.outbox import codec
from classwaves_admin.warehouse.outbox.models import OutboxEntry

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class StuckChange:
    """One change that the warehouse refused. `behind` counts later changes that wait for it."""

    id: int
    operation: str
    subject: str
    table: str
    reason: str
    attempts: int
    created_at: datetime
    stuck_at: datetime | None
    behind: int

    @property
    def number(self) -> str:
        """The number as text, for headings."""
        return str(self.id)


def stuck_changes() -> list[StuckChange]:
    """Return the oldest stuck changes, at most MOST_SHOWN. One query to `default`."""
    return [_change(entry) for entry in _stuck().order_by("id")[:MOST_SHOWN]]


def stuck_change(entry_id: int) -> StuckChange | None:
    """Return one stuck change, or None where it is gone or not stuck any more."""
    entry = _stuck().filter(pk=entry_id).first()
    return _change(entry) if entry else None


def _stuck() -> QuerySet[OutboxEntry]:
    waiting = (
        OutboxEntry.objects.filter(
            Q(unit=OuterRef("unit")) | Q(table=OuterRef("table"), row_id=OuterRef("row_id")), id__gt=OuterRef("id")
        )
        .order_by()
        # A plain function, since `Count` would group the subquery by each of its rows.
        .annotate(together=Func("id", function="COUNT", output_field=IntegerField()))
        .values("together")
    )
    return OutboxEntry.objects.filter(stuck_at__isnull=False).defer("payload").annotate(behind=Subquery(waiting))


def _change(entry: OutboxEntry) -> StuckChange:
    model = codec.tables().get(entry.table)
    return StuckChange(
        id=entry.pk,
        operation=entry.get_operation_display(),
        subject=str(model._meta.verbose_name) if model else "unknown table",
        table=entry.table,
        reason=entry.last_error or "no reason was given",
        attempts=entry.attempts,
        created_at=entry.created_at,
        stuck_at=entry.stuck_at,
        behind=entry.behind,  # type: ignore[attr-defined]  # annotated in _stuck()
    )
