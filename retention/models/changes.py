"""Changes of retention policies: what somebody asked for, what it would do in numbers, who decided."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class ChangeState(models.TextChoices):
    """Where a change stands."""

    OPEN = "open", "Not made yet"
    MADE = "made", "Made"
    DROPPED = "dropped", "Dropped"


class PolicyChange(models.Model):
    """A change of one policy of one school; those that were made are the policy's history.

    `before` and `after` hold periods in days, legal basis and whether rows are deleted by themselves. `row_id` and
    `row_seen` name the row of the catalog as it was when the change was asked for (empty where there was none),
    so that nobody's later change is written over. `numbers` says by table what the change would archive and
    delete (queries/due.py); it is empty until they are counted. `reason` is the person's own words. `of_district`
    is the district's change of which this is one school's part, `of_move` the school's move into another district:
    it is decided there.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    policy_type = models.CharField(max_length=40)
    before = models.JSONField()
    after = models.JSONField()
    row_id = models.CharField(max_length=64, blank=True)
    row_seen = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    numbers = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=ChangeState, default=ChangeState.OPEN)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=now)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    of_district = models.ForeignKey(
        "retention.StandardChange", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    of_move = models.ForeignKey(
        "retention.SchoolMove", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    objects: ClassVar[models.Manager[PolicyChange]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["school_id", "policy_type", "asked_at", "id"], name="policy_change_school_type_ix"),
            models.Index(fields=["school_id", "state"], name="policy_change_school_state_ix"),
        ]

    def __str__(self) -> str:
        return f"change of {self.policy_type}, {self.get_state_display().lower()}"

    @property
    def is_part(self) -> bool:
        """Tell whether the change is decided with a larger one."""
        return bool(self.of_district_id or self.of_move_id)
