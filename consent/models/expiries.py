"""Consents whose end has been noted: rows of the catalog cannot say so, and the log tells of each end once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager


class NotedEnd(models.Model):
    """That one row of `compliance.parental_consents` has run out and flags and log follow it.

    `ended_at` is the row's `expires_at`.
    """

    consent_id = models.CharField(primary_key=True, max_length=255)
    school_id = models.CharField(max_length=64)
    ended_at = models.DateTimeField()
    noted_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[NotedEnd]] = ScopedManager(school="school_id")

    def __str__(self) -> str:
        return f"end of {self.consent_id}"
