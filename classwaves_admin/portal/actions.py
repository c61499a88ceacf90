"""What people do on the system pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Count

from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox import delivery, queries
from classwaves_admin.warehouse.outbox.models import OutboxEntry


class DiscardReason(models.TextChoices):
    """Why a stuck change is given up; the code goes to the audit log."""

    MENDED = "mended_elsewhere", "The catalog was mended in another way"
    SUPERSEDED = "superseded", "A later change makes it needless"
    INVALID = "invalid", "The change is wrong and must not be applied"
    TABLE_GONE = "table_gone", "The table or column no longer exists"


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of stuck changes that were tried again."""

    arrived: int
    stuck: int
    waiting: int


def retry_stuck(*, entry_ids: list[int], by: Actor) -> Retried:
    """Let stuck changes try again at once and return what became of them.

    Recorded before the try, so that the log tells of it even where it fails again.
    """
    with transaction.atomic():
        tried = list(OutboxEntry.objects.filter(pk__in=entry_ids, stuck_at__isnull=False).values_list("pk", flat=True))
        queries.release(tried)
        for entry_id in tried:
            record("outbox.retried", by=by, school_id=None, resource=("outbox_entry", str(entry_id)))
    delivery.deliver(even_if_resting=True)
    left = OutboxEntry.objects.filter(pk__in=tried).aggregate(all=Count("id"), stuck=Count("stuck_at"))
    return Retried(arrived=len(tried) - left["all"], stuck=left["stuck"], waiting=left["all"] - left["stuck"])


@transaction.atomic
def discard_stuck(*, entry_id: int, reason: DiscardReason, by: Actor) -> bool:
    """Give up one stuck change for good, so that what waits behind it goes on.

    Returns False where the change is gone or not stuck any more; then nothing happens.
    """
    entry = queries.discard(entry_id)
    if entry is None:
        return False
    record(
        "outbox.discarded",
        by=by,
        school_id=None,
        resource=("outbox_entry", str(entry_id)),
        data={"reason": reason.value, "table": entry.table, "operation": entry.operation, "row": entry.row_id},
    )
    return True


@transaction.atomic
def retry_job(*, job_id: str, by: Actor, now: datetime) -> bool:
    """Let a failed job in scope go on from where it stopped. Returns False where it is gone or has not failed."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or not jobs.restart(job_id=job.pk, now=now):
        return False
    record(
        "job.retried",
        by=by,
        school_id=job.school_id or None,
        resource=("job", job.pk),
        data={"kind": job.kind, "failure": job.failure},
        at=now,
    )
    return True
