"""Invitations: who was asked to join as what, and whether they came."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models

from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.people.rules.invitations import InvitationState, state_of_invitation


class Invitation(models.Model):
    """One person asked by mail to join with one role.

    It is for a district (`district_id`), or for schools: `school_id` is the first of them, by which it is found.
    Only hashes of its links are kept (InvitationLink). `ends_on` is the last day of an auditor's access.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    district_id = models.CharField(max_length=64, blank=True)
    school_id = models.CharField(max_length=64, blank=True)
    school_ids = models.JSONField(default=list, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="invitations_sent"
    )
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at", "id"], name="invitation_created_ix")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    def state_at(self, moment: datetime) -> InvitationState:
        """Return what the invitation is worth at a moment."""
        return state_of_invitation(
            expires_at=self.expires_at, accepted_at=self.accepted_at, revoked_at=self.revoked_at, now=moment
        )


class InvitationLink(models.Model):
    """The hash of one link of an invitation: made when its mail is sent, one for each attempt to send it."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"a link of {self.invitation_id}"
