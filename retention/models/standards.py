"""Defaults and locks of districts, and how they came about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from retention.models.changes import ChangeState


class DistrictStandard(models.Model):
    """How long the schools of a district keep one kind of data, in days; a locked one holds whatever a school says.

    The catalog has no table for it. `updated_at` tells one version from the next.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    district_id = models.CharField(max_length=64)
    policy_type = models.CharField(max_length=40)
    says = models.JSONField()
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[DistrictStandard]] = ScopedManager(district="district_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["district_id", "policy_type"], name="district_standard_district_type_uq")
        ]

    def __str__(self) -> str:
        return f"standard for {self.policy_type}"


class StandardChange(models.Model):
    """A change of a district's default. Each school that it changes has its part: a `PolicyChange` that names it.

    `before` is empty where the district had none. `seen` is the moment of the version that was changed, so that
    nobody's later change is written over. `reason` is the person's own words.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    district_id = models.CharField(max_length=64)
    policy_type = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField()
    seen = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=ChangeState, default=ChangeState.OPEN)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=now)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[StandardChange]] = ScopedManager(district="district_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["district_id", "asked_at", "id"], name="standard_change_district_ix"),
        ]

    def __str__(self) -> str:
        return f"change of the standard for {self.policy_type}, {self.get_state_display().lower()}"
