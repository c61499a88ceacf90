"""Requests of guardians and students about a student's data, with the day by which they are answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models import Guardian
from retention.vocabulary import AskedBy, Clock, RequestKind, RequestOutcome


class RightsRequest(models.Model):
    """One request about one student's data, open until it is closed with an outcome.

    `guardian` is who asked, where a guardian did who is on file; `withdrawal_id` the withdrawal that it came with.
    `clock` is the rule that set `due_at`. `words` and `answer` are what people typed: they stay in this table and never
    reach the audit log.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    student_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=[(one.value, one.label) for one in RequestKind])
    asked_by = models.CharField(max_length=8, choices=[(one.value, one.label) for one in AskedBy])
    guardian = models.ForeignKey(Guardian, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    withdrawal_id = models.CharField(max_length=36, blank=True)
    words = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    clock = models.CharField(max_length=8, choices=[(one.value, one.label) for one in Clock])
    entered_by = models.CharField(max_length=64)
    entered_at = models.DateTimeField(default=now)
    outcome = models.CharField(max_length=9, blank=True, choices=[(one.value, one.label) for one in RequestOutcome])
    answer = models.CharField(max_length=500, blank=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[RightsRequest]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["school_id", "closed_at", "due_at"], name="rights_request_school_ix"),
            models.Index(fields=["due_at", "id"], name="rights_request_due_ix"),
            models.Index(fields=["student_id"], name="rights_request_student_ix"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["withdrawal_id", "student_id"],
                condition=~models.Q(withdrawal_id=""),
                name="rights_request_once_per_withdrawal",
            )
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has closed it."""
        return self.closed_at is None
