"""The worker's part of delivery."""

from celery import shared_task

from classwaves_admin.warehouse.outbox import delivery


@shared_task(name="outbox.deliver")
def deliver() -> None:
    """Apply what waits; beat calls it every few seconds, which is how a warehouse that was down catches up."""
    delivery.deliver()
