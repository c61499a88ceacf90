"""What the inventory keeps of its own: the last count of all tables, and the list of subprocessors."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from classwaves_admin.inventory.rules.lines import CLASS_WORDS
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from classwaves_admin.warehouse.inventory import Privacy


class Survey(models.Model):
    """One look at the whole catalog: how many rows each table has, and where it differs from what is declared.

    `findings` are differences as JSON (rules/findings.py). Former surveys go when a new one has ended.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    asked_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)
    findings: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ended_at"], name="survey_ended_ix")]

    def __str__(self) -> str:
        return f"survey of {self.asked_at:%Y-%m-%d}"


class TableCount(models.Model):
    """How many rows of a table are a school's. Without a school: those of no school, or of a table that has no path."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=80)
    school_id = models.CharField(max_length=64, blank=True)
    rows = models.PositiveBigIntegerField()

    objects: ClassVar[models.Manager[TableCount]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "table", "school_id"], name="table_count_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["survey", "school_id"], name="table_count_school_ix")]

    def __str__(self) -> str:
        return f"{self.table}: {self.rows}"


class Subprocessor(models.Model):
    """A company that handles data for ClassWaves: what for, which classes of data, where, from when to when.

    `classes` are values of warehouse.inventory.Privacy. `until` is its last day; none means that it still works for us.
    `agreement` is the address of the data processing agreement (DPA).
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=500)
    classes: models.JSONField[Any, Any] = models.JSONField(default=list)
    location = models.CharField(max_length=200)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    agreement = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="subprocessor_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def class_words(self) -> list[str]:
        """Return the classes of data in words."""
        return [CLASS_WORDS[one] for one in Privacy if one.value in self.classes]

    def works_on(self, day: date) -> bool:
        """Tell whether it handles data on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class SubprocessorChange(models.Model):
    """One change of an entry: who, when, why, and what it said before (empty for a new one) and after."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    subprocessor = models.ForeignKey(Subprocessor, on_delete=models.CASCADE, related_name="changes")
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64, help_text="The id of an actor.")
    reason = models.CharField(max_length=500, blank=True)
    before: models.JSONField[Any, Any] = models.JSONField(default=dict)
    after: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subprocessor", "made_at"], name="subprocessor_change_ix")]

    def __str__(self) -> str:
        return f"change of {self.made_at:%Y-%m-%d}"
