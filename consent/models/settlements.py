"""What the office has settled, with the reference to its own papers. The audit log has the code of the reason alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.rules.settling import Reason


class Settlement(models.Model):
    """One matter about one student that a person has settled; what happens after `up_to` is a new matter."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    student_id = models.CharField(max_length=64)
    matter = models.CharField(max_length=12, help_text="A value of consent.rules.worklist.Matter.")
    up_to = models.DateTimeField()
    reason = models.CharField(max_length=24, choices=[(one.value, one.label) for one in Reason])
    reference = models.CharField(max_length=200, blank=True)
    settled_by = models.CharField(max_length=64)
    settled_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Settlement]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["student_id", "matter"], name="settlement_student_ix")]

    def __str__(self) -> str:
        return f"{self.matter}: {self.get_reason_display()}"
