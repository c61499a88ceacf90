"""Days on which somebody looked at far more records than they usually do."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class UnusualDay(models.Model):
    """One person on one day at one school, as the rule found it (audit/rules/unusual.py)."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    actor_id = models.CharField(max_length=64)
    actor_type = models.CharField(max_length=20)
    day = models.DateField()
    looks = models.PositiveIntegerField()
    ordinary = models.PositiveIntegerField()
    most = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()

    objects: ClassVar[models.Manager[UnusualDay]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "school_id", "actor_id"], name="unusual_day_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["school_id", "day"], name="unusual_school_day_ix")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.looks} looks"
