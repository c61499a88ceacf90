"""Runs: one disposition of rows at one school, what it is to destroy row for row, and what it could not."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class RunKind(models.TextChoices):
    """What a run destroys."""

    POLICY = "policy", "Rows past their days"
    CHILD = "child", "One student’s data"
    ORPHANS = "orphans", "Rows without what they belong to"


class RunState(models.TextChoices):
    """Where a run stands; `rules.runs.MOVES` says how it may move."""

    COUNTING = "counting", "Being counted"
    READY = "ready", "Waits for a decision"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    ABORTED = "aborted", "Stopped by itself"
    DROPPED = "dropped", "Dropped"


class Run(models.Model):
    """One run. Rows whose days started at `delete_before` or earlier are destroyed, at `archive_before` archived.

    `numbers` says by table what was found and what stays and why; `cursor` is where the counting stands. `stop` says in
    codes and counts why a run ended by itself.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=RunKind)
    policy_type = models.CharField(max_length=40, blank=True)
    student_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    delete_before = models.DateTimeField(null=True, blank=True)
    archive_before = models.DateTimeField(null=True, blank=True)
    by_night = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.COUNTING)
    cursor = models.JSONField(default=dict)
    numbers = models.JSONField(default=dict)
    stop = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=now)
    counted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Run]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["asked_at", "id"], name="retention_run_asked_ix"),
            models.Index(fields=["school_id", "policy_type", "asked_at", "id"], name="retention_run_school_ix"),
            models.Index(fields=["state"], name="retention_run_state_ix"),
        ]

    def __str__(self) -> str:
        return f"retention run {self.pk}, {self.get_state_display().lower()}"

    @property
    def certificate_id(self) -> str:
        """Return the id of the run's certificate, empty where it has none."""
        found = getattr(self, "certificate", None)
        return found.pk if found else ""


class SegmentState(models.TextChoices):
    """Where a segment stands."""

    PLANNED = "planned", "Planned"
    BEGUN = "begun", "Begun"
    DONE = "done", "Done"


class Segment(models.Model):
    """Up to 20,000 rows of one table and what becomes of them: the unit of the log and of resuming.

    `after` is the place (moment and id) behind which its rows stand, empty for the first; `marks` are the places of
    each 250th row and the end, which is empty where nothing more is to come; rows found by ids alone have neither.
    `month` is the month of an archive file. `prints` holds eight bytes a row, in order (`rules.prints`), until the
    segment is done; `ids_sha256` stays. `at` counts the marks that are done, `trying` those that a slice under way
    will have done. Of its rows `removed` went, `gone` were gone already, and `stayed` says by reason how many did not.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="segments")
    number = models.PositiveIntegerField()
    table = models.CharField(max_length=80)
    fate = models.CharField(max_length=8)
    month = models.CharField(max_length=7, blank=True)
    after = models.JSONField(default=list)
    marks = models.JSONField(default=list)
    rows = models.PositiveIntegerField()
    ids_sha256 = models.CharField(max_length=64)
    prints = models.BinaryField(default=bytes)
    state = models.CharField(max_length=8, choices=SegmentState, default=SegmentState.PLANNED)
    at = models.PositiveIntegerField(default=0)
    trying = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    stayed = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="retention_segment_number"),
        ]

    def __str__(self) -> str:
        return f"segment {self.number} of {self.table}, {self.get_state_display().lower()}"


class Leftover(models.Model):
    """A row that stays because its file is not known to be gone. `code` is one of `retention.files.Left`."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="leftovers")
    table = models.CharField(max_length=80)
    row_id = models.CharField(max_length=64)
    code = models.CharField(max_length=20)
    noted_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "table", "row_id"], name="retention_leftover_row"),
        ]

    def __str__(self) -> str:
        return f"row of {self.table} left, {self.code}"
