"""What the outbox holds, for the command line and the system page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from classwaves_admin.warehouse.outbox.lease import state
from classwaves_admin.warehouse.outbox.models import DeliveryState, OutboxEntry


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of entries, the oldest one's time, and the delivery state."""

    waiting: int
    stuck: int
    oldest: datetime | None
    delivery: DeliveryState


def summary() -> Summary:
    """Return how many changes wait, how many are stuck, and since when."""
    counts = OutboxEntry.objects.aggregate(all=Count("id"), stuck=Count("stuck_at"), oldest=Min("created_at"))
    return Summary(
        waiting=counts["all"] - counts["stuck"], stuck=counts["stuck"], oldest=counts["oldest"], delivery=state()
    )


def stuck_entries(limit: int = 50) -> list[OutboxEntry]:
    """Return the first `limit` stuck entries, oldest first, without their payloads."""
    return list(OutboxEntry.objects.filter(stuck_at__isnull=False).defer("payload").order_by("id")[:limit])


def waiting_behind(entry: OutboxEntry) -> int:
    """Return how many later changes of the same transaction wait behind a stuck entry."""
    return OutboxEntry.objects.filter(unit=entry.unit, id__gt=entry.pk).count()


def release(entry_ids: list[int]) -> int:
    """Let stuck entries try again at the next delivery; return how many."""
    return OutboxEntry.objects.filter(pk__in=entry_ids, stuck_at__isnull=False).update(
        stuck_at=None, attempts=0, last_error=""
    )


def discard(entry_id: int) -> OutboxEntry | None:
    """Drop one stuck entry for good and return it; its change is lost, later ones go on.

    Return None for one that is gone or that somebody else has let try again meanwhile.
    """
    stuck = OutboxEntry.objects.filter(pk=entry_id, stuck_at__isnull=False)
    entry = stuck.first()
    dropped, _ = stuck.delete()
    return entry if dropped else None
