"""Verifications that people asked for, and what they found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class Verification(models.Model):
    """One look through the whole log of a school, by a job.

    `reached` is the last day that was looked at. `findings` counts what is not as it was sealed, `first` names the
    first of it (kind, row, seal: codes and ids). `unsealed` rows came since the last sealing.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    requested_by = models.CharField(max_length=64)
    reached = models.DateField(null=True, blank=True)
    days = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    unsealed = models.PositiveBigIntegerField(default=0)
    findings = models.PositiveBigIntegerField(default=0)
    first = models.JSONField(null=True, blank=True)
    chain_checked = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Verification]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "created_at"], name="verification_school_ix")]

    def __str__(self) -> str:
        return f"verification {self.pk}"
