"""Searches of the audit log that people keep."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id


class SavedSearch(models.Model):
    """A search under a name. `text` is what the box says; people stand in it by their ids.

    It is its owner's own. With a `school_id` it is shared with everybody who may look at that school's log, with a
    `district_id` with who has a role in that district: whoever opens it finds the rows of their own schools alone.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    name = models.CharField(max_length=80)
    text = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    school_id = models.CharField(max_length=64, blank=True)
    district_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["school_id", "name"], name="saved_search_school_ix"),
            models.Index(fields=["district_id", "name"], name="saved_search_district_ix"),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="saved_search_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        """Tell whether others see it."""
        return bool(self.school_id or self.district_id)
