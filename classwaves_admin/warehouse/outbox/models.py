"""What waits to be applied to the warehouse, kept in the `default` database."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from classwaves_admin.lib.clock import now


class Operation(models.TextChoices):
    """What an entry does to one row, or to many of one table."""

    INSERT = "insert", "Write the row"
    UPDATE = "update", "Change columns"
    DELETE = "delete", "Remove the row"
    INSERT_MANY = "inserts", "Write many rows"
    UPDATE_MANY = "updates", "Change columns of many rows"
    DELETE_MANY = "deletes", "Remove many rows"


_VERBS = {
    Operation.INSERT_MANY.value: Operation.INSERT,
    Operation.UPDATE_MANY.value: Operation.UPDATE,
    Operation.DELETE_MANY.value: Operation.DELETE,
}


class OutboxEntry(models.Model):
    """One row change on its way to the warehouse, or one change of many rows of a table.

    An entry lives from the commit that wrote it until its change is applied, then it is removed:
    the outbox keeps no copy of personal data. Entries of one transaction share a `unit`. An entry
    that the warehouse refuses is stuck; later entries of its unit or its rows wait behind it.

    The payload of one row is its values by column. That of many is `columns`, the key first, `rows` with
    a value for each, and `shared` with what all rows have alike; `row_id` is then the first row's.
    """

    unit = models.CharField(max_length=36, db_index=True)
    table = models.CharField(max_length=80)
    row_id = models.TextField()
    operation = models.CharField(max_length=7, choices=Operation)
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

    @property
    def verb(self) -> Operation:
        """Return what is done to each row: INSERT, UPDATE or DELETE."""
        return _VERBS.get(self.operation) or Operation(self.operation)

    @property
    def is_many(self) -> bool:
        """Tell whether the entry is about many rows."""
        return self.operation in _VERBS

    @property
    def row_ids(self) -> list[str]:
        """Return the keys of its rows."""
        return [row[0] for row in self.payload["rows"]] if self.is_many else [self.row_id]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns that it writes."""
        return (*self.payload["columns"], *self.payload["shared"]) if self.is_many else tuple(self.payload)

    @property
    def weight(self) -> int:
        """Return how many rows it is about."""
        return len(self.payload["rows"]) if self.is_many else 1

    def values(self) -> list[dict[str, Any]]:
        """Return the values of each of its rows by column."""
        if not self.is_many:
            return [self.payload]
        columns, shared = self.payload["columns"], self.payload["shared"]
        return [{**shared, **dict(zip(columns, row, strict=True))} for row in self.payload["rows"]]


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
