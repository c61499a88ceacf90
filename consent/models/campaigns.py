"""Campaigns: a school asks many guardians at once, from a list that was frozen when a person confirmed it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian
from consent.models.invitations import Invitation


class Campaign(models.Model):
    """One confirmation to ask the guardians of students of one school.

    `chosen` says in codes how the students were chosen, never a name. `form_id` is the form that was
    confirmed: sending it twice makes one campaign. `students`, `children` and `guardians` count those chosen,
    those asked about and those to be asked; `left_out` counts pairs of guardian and student by reason.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    form_id = models.CharField(max_length=36)
    requested_by = models.CharField(max_length=64)
    chosen = models.JSONField(default=dict)
    students = models.PositiveIntegerField()
    children = models.PositiveIntegerField()
    guardians = models.PositiveIntegerField()
    left_out = models.JSONField(default=dict)
    without_guardian = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Campaign]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "created_at", "id"], name="campaign_school_created_ix")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["form_id", "school_id"], name="campaign_once_per_form"),
        ]

    def __str__(self) -> str:
        return f"campaign {self.pk}"


class Turn(models.TextChoices):
    """Where a guardian of a campaign stands."""

    WAITING = "waiting", "Not asked yet"
    ASKED = "asked", "Asked"
    LEFT_OUT = "left_out", "Left out"


class CampaignGuardian(models.Model):
    """A guardian on the frozen list, with the students to be asked about.

    The row leaves WAITING in the transaction that writes the invitation and queues its mail, so that nobody
    gets two mails of one campaign. `reason` is why somebody was left out after all: a code of `Skip`, or
    `gone` where the student has left or is no longer this guardian's.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="list")
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+")
    student_ids = models.JSONField()
    turn = models.CharField(max_length=8, choices=Turn, default=Turn.WAITING)
    reason = models.CharField(max_length=24, blank=True)
    invitation = models.OneToOneField(Invitation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["campaign", "turn", "id"], name="campaign_turn_ix")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "guardian"], name="campaign_guardian_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_turn_display()}: one guardian of {self.campaign_id}"
