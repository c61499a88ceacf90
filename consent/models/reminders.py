"""Reminders that went out, so that none goes twice."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from consent.models.invitations import Invitation
from consent.vocabulary import Step


class Reminder(models.Model):
    """One reminder of a request: of the answer, or of its second step. Numbers count from 1."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="reminders")
    step = models.CharField(max_length=8, choices=[(member.value, member.label) for member in Step])
    number = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["invitation", "step", "number"], name="reminder_once")]

    def __str__(self) -> str:
        return f"reminder {self.number} of {self.invitation_id}"
