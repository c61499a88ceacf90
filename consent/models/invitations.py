"""Requests for consent: one to a guardian, for all of the children that are asked about together."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian


class Invitation(models.Model):
    """One request to one guardian. Its state is read from the times by `rules.invitations.state_of`.

    `sent_at` is set by the mail worker once the mail server has taken the notice, never before.
    `mailed_at` is when a mail was last queued, so that nobody can be flooded with links.
    `contact_deleted_at` is when the guardian's address was deleted because no answer came in time.
    `reminders_stopped_at` is when the guardian asked for no more reminders of this request.
    `renews_until` is set where the guardian is asked again: when the first of the older consents ends.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+")
    requested_by = models.CharField(max_length=64)
    language = models.CharField(max_length=10, default="en")
    created_at = models.DateTimeField(default=now)
    mailed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    contact_deleted_at = models.DateTimeField(null=True, blank=True)
    reminders_stopped_at = models.DateTimeField(null=True, blank=True)
    renews_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Invitation]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "created_at"], name="invitation_school_created_ix")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class InvitationChild(models.Model):
    """A child that an invitation asks about."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="children")
    student_id = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invitation", "student_id"], name="invitation_child_once")
        ]

    def __str__(self) -> str:
        return f"child of {self.invitation_id}"
