"""Archive files: rows that have left the catalog and can come back, each file with what proves what is in it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from retention.files import Left


class ArchiveState(models.TextChoices):
    """What became of a file. A restored one is still there: its rows are in the catalog as well."""

    KEPT = "kept", "Kept"
    RESTORED = "restored", "Kept, rows restored"
    DESTROYED = "destroyed", "Destroyed"


class ArchiveFile(models.Model):
    """One Parquet file: rows of one table, school and month, archived by one segment of a run.

    A file counts only while a row of this table names it: what a process left that died in writing is swept. `oldest`
    and `newest` are the moments from which the days of its rows count. `columns` are names and types, `ids_sha256` is
    over the ids in order, one a line. `former` names the file that this one replaces until that is known to be gone.
    `left` says why a file that was to be destroyed is not (retention.files.Left). `restored_reason` is what a person
    typed: it stays in this table.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    table = models.CharField(max_length=80)
    month = models.CharField(max_length=7)
    run_id = models.CharField(max_length=36)
    segment = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    former = models.CharField(max_length=200, blank=True)
    rows = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    ids_sha256 = models.CharField(max_length=64)
    columns: models.JSONField[Any, Any] = models.JSONField(default=list)
    oldest = models.DateTimeField()
    newest = models.DateTimeField()
    state = models.CharField(max_length=9, choices=ArchiveState, default=ArchiveState.KEPT)
    left = models.CharField(max_length=20, blank=True, choices=Left)
    made_at = models.DateTimeField(default=now)
    restored_reason = models.CharField(max_length=500, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    rewritten_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[ArchiveFile]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["made_at", "id"], name="archive_file_made_ix"),
            models.Index(fields=["school_id", "made_at", "id"], name="archive_file_school_ix"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run_id", "segment"], name="archive_file_once_a_segment"),
        ]

    def __str__(self) -> str:
        return f"archive of {self.table}, {self.month}"

    @property
    def is_there(self) -> bool:
        """Tell whether its bytes are still kept."""
        return self.state != ArchiveState.DESTROYED
