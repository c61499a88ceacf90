"""Court orders against contact, as the school's office recorded them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian


class CourtOrder(models.Model):
    """One order: about one child, or about any contact where `student_id` is blank.

    What the rules read are `Guardian.restricted_at` and `Guardianship.restricted`; a row here says on
    whose word and by which paper. `reference` and `lift_reference` are what people typed: they stay in
    this table and never reach the audit log. A lifted order stays as history.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+")
    student_id = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    dated = models.DateField(null=True, blank=True)
    recorded_by = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField(default=now)
    lift_reference = models.CharField(max_length=200, blank=True)
    lifted_by = models.CharField(max_length=64, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[CourtOrder]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["guardian", "recorded_at"], name="court_order_guardian_ix")]

    def __str__(self) -> str:
        return "order about one child" if self.student_id else "order about any contact"
