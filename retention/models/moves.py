"""Moves of schools between districts, whose defaults and locks decide how long data stay."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from retention.models.changes import ChangeState


class SchoolMove(models.Model):
    """A school is to come into another district, or out of its own: either side may be empty.

    What the new district's defaults change for its data are `PolicyChange` rows that name the move: they are counted
    first and made with it. `reason` is the person's own words. `agreed_by` is the school's administrator who agreed,
    where that word is needed (rules/moves.py).
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    from_district = models.CharField(max_length=64, blank=True)
    to_district = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=ChangeState, default=ChangeState.OPEN)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=now)
    agreed_by = models.CharField(max_length=64, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[SchoolMove]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "asked_at", "id"], name="school_move_school_ix")]

    def __str__(self) -> str:
        return f"move of a school, {self.get_state_display().lower()}"
