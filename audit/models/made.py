"""Files that are made in the background and handed over: reports for an auditor, exports of the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import Scope

# The picture of a report's first page; it is shown and never handed over.
PICTURE = "picture"


class Making(models.Model):
    """What a person asked to have made, and what came of it. Its job is `audit.make`.

    `school_id` is the one school of it; without one `reach` are the schools whose rows are in it, None for all
    there are, and it stays its maker's. `parameters` are codes, ids and days: with them it can be made again.
    `typed` is what a person typed, such as a part of a name; it is forgotten as soon as the file is made.
    `data_sha256` is the hash of the data, whatever files carry it. `ended_at` is when its files were deleted.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    school_id = models.CharField(max_length=64, blank=True)
    reach = models.JSONField(null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_as = models.CharField(max_length=60, blank=True, help_text="The role, in words.")
    asked_at = models.DateTimeField(default=now)
    parameters: models.JSONField[Any, Any] = models.JSONField(default=dict)
    typed: models.JSONField[Any, Any] = models.JSONField(default=dict)
    students: models.JSONField[Any, Any] = models.JSONField(default=list, help_text="Ids of whom it is about.")
    rows = models.PositiveBigIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    data_sha256 = models.CharField(max_length=64, blank=True)
    data_as_of = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["asked_at", "id"], name="making_asked_ix"),
            models.Index(fields=["school_id", "asked_at", "id"], name="making_school_asked_ix"),
            models.Index(fields=["expires_at"], name="making_expires_ix"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.asked_at:%Y-%m-%d}"

    @property
    def scope(self) -> Scope:
        """Return what its rows may come from."""
        if self.school_id:
            return Scope(schools=(self.school_id,))
        return Scope(schools=None if self.reach is None else tuple(self.reach), districts=None)

    def is_at_hand(self, moment: datetime) -> bool:
        """Tell whether its files can be had."""
        return self.ended_at is None and self.expires_at is not None and moment < self.expires_at


class MadeFile(models.Model):
    """One file of a making, in private storage under a random name."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    making = models.ForeignKey(Making, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=10)
    file = models.CharField(max_length=100, blank=True, help_text="Empty once it is deleted.")
    content_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    downloads = models.PositiveIntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["making", "format"], name="made_file_once_per_format")]

    def __str__(self) -> str:
        return f"{self.format}, {self.size} bytes"

    @property
    def words(self) -> str:
        """Return the words of the button that downloads it."""
        return f"Download {self.format.upper()}"
