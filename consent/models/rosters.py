"""Imports of rosters: how far each is, what it changed, and who came and left by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class RosterFormat(models.TextChoices):
    """What kind of file a roster came in."""

    ONEROSTER = "oneroster", "OneRoster package"
    CSV = "csv", "Plain table (CSV)"


class RosterState(models.TextChoices):
    """Where an import stands."""

    MAPPING = "mapping", "Waiting for its columns"
    READING = "reading", "Being read"
    REFUSED = "refused", "Refused"
    CHECKED = "checked", "Ready to apply"
    APPLYING = "applying", "Being applied"
    APPLIED = "applied", "Applied"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"
    DROPPED = "dropped", "Dropped"


_TONES: dict[str, str] = {
    RosterState.MAPPING: "wait",
    RosterState.READING: "info",
    RosterState.REFUSED: "bad",
    RosterState.CHECKED: "wait",
    RosterState.APPLYING: "info",
    RosterState.APPLIED: "good",
    RosterState.UNDOING: "info",
}
# While an import is one of these, no other of its district may be.
BUSY = (RosterState.APPLYING.value, RosterState.UNDOING.value)


class RosterImport(models.Model):
    """One import of one roster, from the file to its undoing. It holds counts, codes and ids, and no name of a person.

    `district` is what may be imported once at a time: the id of the district, or of a school of none. `faults`
    are the first of the file's faults, by file, line and code. `leaving` is how many students and guardianships
    would end, `confirmed` the number that a person typed. `cursor` is where applying or undoing goes on.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    format = models.CharField(max_length=10, choices=RosterFormat)
    school_id = models.CharField(max_length=64, blank=True, help_text="The one school of a plain table.")
    district = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=RosterState, default=RosterState.READING)
    actor_id = models.CharField(max_length=64)
    limited_to = models.JSONField(default=dict, help_text="The schools and districts that its maker may import.")
    options = models.JSONField(default=dict, help_text="Encoding and columns of a plain table.")
    faults = models.JSONField(default=list)
    fault_count = models.PositiveIntegerField(default=0)
    rows_left_out = models.PositiveIntegerField(default=0)
    leave_out_invalid = models.BooleanField(default=False)
    needs_confirmation = models.BooleanField(default=False)
    leaving = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(null=True, blank=True)
    cursor = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    expected = models.JSONField(default=dict, help_text="Counts of the rehearsal.")
    counts = models.JSONField(default=dict, help_text="Counts of what was done.")
    left_as_is = models.JSONField(default=dict, help_text="Rows that undoing left, since they have changed since.")
    created_at = models.DateTimeField(default=now)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at", "id"], name="roster_import_created_ix")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["district"], condition=models.Q(state__in=BUSY), name="roster_import_once_per_district"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_format_display()}: {self.get_state_display()}"

    @property
    def tone(self) -> str:
        """Return how its state looks: good, bad, or waiting for somebody."""
        return _TONES.get(self.state, "neutral")

    @property
    def stage_path(self) -> Path:
        """Return where its rows are staged."""
        return _folder() / f"{self.pk}.stage"

    @property
    def upload_path(self) -> Path:
        """Return where the file itself is until it is read."""
        return _folder() / f"{self.pk}.upload"


def _folder() -> Path:
    folder: Path = settings.ROSTER_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class RosterImportSchool(models.Model):
    """A school of an import, with the numbers that decide whether a person must confirm."""

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="+")
    school_id = models.CharField(max_length=64)
    source_id = models.CharField(max_length=255)
    name = models.TextField()
    is_new = models.BooleanField(default=False)
    students = models.PositiveIntegerField(default=0, help_text="Students of the file.")
    students_before = models.PositiveIntegerField(default=0)
    students_leaving = models.PositiveIntegerField(default=0)
    ties_before = models.PositiveIntegerField(default=0)
    ties_ending = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager[RosterImportSchool]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["roster_import", "school_id"], name="roster_school_once")
        ]

    def __str__(self) -> str:
        return self.name


class RosterChange(models.Model):
    """What one part of an import changed in one table, with the values before: kept for as long as it can be undone."""

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="+")
    school_id = models.CharField(max_length=64, blank=True)
    part = models.PositiveIntegerField()
    table = models.CharField(max_length=20)
    payload: models.JSONField[Any, Any] = models.JSONField(encoder=DjangoJSONEncoder)

    objects: ClassVar[models.Manager[RosterChange]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["roster_import", "part"], name="roster_change_part_ix")]

    def __str__(self) -> str:
        return f"rows of {self.table}"


class RosterStudent(models.Model):
    """A student whom a roster brought, by the id that the roster uses. Others never leave by a roster."""

    student_id = models.CharField(primary_key=True, max_length=64)
    school_id = models.CharField(max_length=64)
    source_id = models.CharField(max_length=255)

    objects: ClassVar[models.Manager[RosterStudent]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "source_id"], name="roster_student_source_ix")]

    def __str__(self) -> str:
        return "a student of a roster"


class DepartureReason(models.TextChoices):
    """How the portal knows that a student has left."""

    MISSING = "missing", "No longer in the roster"
    DELETED = "deleted", "The roster says so"


class Departure(models.Model):
    """That a student has left the school: from `left_on` on the periods of retention run (16 CFR 312.10).

    It goes when the student comes back.
    """

    student_id = models.CharField(primary_key=True, max_length=64)
    school_id = models.CharField(max_length=64)
    left_on = models.DateField()
    reason = models.CharField(max_length=10, choices=DepartureReason)

    objects: ClassVar[models.Manager[Departure]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "left_on"], name="departure_school_left_ix")]

    def __str__(self) -> str:
        return f"left on {self.left_on}"


class RosterColumns(models.Model):
    """Which columns of a school's plain table mean what, as its office settled it the last time."""

    school_id = models.CharField(primary_key=True, max_length=64)
    columns = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[RosterColumns]] = ScopedManager(school="school_id")

    def __str__(self) -> str:
        return "columns of a school's table"
