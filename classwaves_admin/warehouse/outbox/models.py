"""What waits to be applied to the warehouse, kept in the `default` database."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now


class Operation(models.TextChoices):
    """What an entry does to one row."""

    INSERT = "insert", "Write the row"
    UPDATE = "update", "Change columns"
    DELETE = "delete", "Remove the row"


class OutboxEntry(models.Model):
    """One row change on its way to the warehouse.

    An entry lives from the commit that wrote it until its change is applied, then it is removed:
    the outbox keeps no copy of personal data. Entries of one transaction share a `unit`. An entry
    that the warehouse refuses is stuck; later entries of its unit or its row wait behind it.
    """

    unit = models.CharField(max_length=36, db_index=True)
    table = models.CharField(max_length=80)
    row_id = models.TextField()
    operation = models.CharField(max_length=6, choices=Operation)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    stuck_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name_plural = "outbox entries"

    def __str__(self) -> str:
        return f"{self.get_operation_display()}: {self.table}"


class DeliveryState(models.Model):
    """One row (id 1): who delivers at the moment, and how long to leave a failing warehouse alone."""

    holder = models.CharField(max_length=36, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    last_delivered_at = models.DateTimeField(null=True, blank=True)
    delivered_total = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return "delivery to the warehouse"
