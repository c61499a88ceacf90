"""Legal holds: what must not be destroyed while a dispute, an order or a request asks for it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class LegalHold(models.Model):
    """One hold in one school. What is named narrows it: all must fit; with nothing named it covers the whole school.

    `since` and `until` (without it) limit it to rows whose days started between them. `reason` and
    `release_reason` are what people typed: they stay in this table and never reach the audit log. A hold is released by
    two people: one asks, another confirms when the days for second thoughts are over.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    student_id = models.CharField(max_length=64, blank=True)
    session_id = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    placed_by = models.CharField(max_length=64)
    placed_at = models.DateTimeField(default=now)
    release_reason = models.CharField(max_length=500, blank=True)
    release_asked_by = models.CharField(max_length=64, blank=True)
    release_asked_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=64, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[LegalHold]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["school_id", "released_at"], name="legal_hold_school_ix"),
            models.Index(fields=["placed_at", "id"], name="legal_hold_placed_ix"),
        ]

    def __str__(self) -> str:
        return f"legal hold {self.pk}"
