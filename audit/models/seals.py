"""Seals: signed checkpoints over rows of the audit log, a chain for each school."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models

from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class Chain(models.Model):
    """The seals of one school so far: number and digest of the last one. Sealing locks this row.

    There is one for each `school_id` that rows carry, of whatever service. `looked_at` is when the whole school was
    last looked through for rows without a seal, `reached` the day at which a look that goes on stands. `erasures`
    counts those of rows without a seal: a sealer that read rows before one reads them again.
    """

    school_id = models.TextField(primary_key=True)
    number = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    rows = models.PositiveBigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    reached = models.DateField(null=True, blank=True)
    erasures = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager[Chain]] = ScopedManager(school="school_id")

    def __str__(self) -> str:
        return f"chain of {self.number} seals"


class Seal(models.Model):
    """One signed checkpoint: rows of one school and one day (UTC, of the event) that had no seal yet.

    `checkpoint` is the text that was signed, byte for byte; the columns beside it repeat it for queries and are
    compared with it when the chain is verified. `disposed` counts rows that retention has deleted since; `disposal` is
    the note of their places, signed too (audit/proof/disposal.py).
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.TextField()
    number = models.PositiveIntegerField()
    day = models.DateField()
    rows = models.PositiveIntegerField()
    disposed = models.PositiveIntegerField(default=0)
    disposal = models.TextField(blank=True)
    disposal_signature = models.CharField(max_length=128, blank=True)
    checkpoint = models.TextField()
    signature = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Seal]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["school_id", "number"], name="seal_number_once")]
        indexes: ClassVar = [models.Index(fields=["school_id", "day"], name="seal_school_day_ix")]

    def __str__(self) -> str:
        return f"seal {self.number}"

    @property
    def days_late(self) -> int:
        """Return how many whole days lie between the day of the events and the seal: 0 while nothing is late."""
        return max(0, (self.sealed_at.date() - self.day).days - 1)

    @property
    def record(self) -> dict[str, Any]:
        """Return what was signed. Raises ValueError where the text is no longer JSON."""
        record = json.loads(self.checkpoint)
        if not isinstance(record, dict):
            raise ValueError("A checkpoint is a JSON object.")  # noqa: TRY004 - as json.loads does
        return record
