"""Invitations, and reviews of access."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models

from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.people.rules.invitations import InvitationState, state_of_invitation
from classwaves_admin.people.rules.reviews import Decision


class Invitation(models.Model):
    """One person asked by mail to join with one role.

    It is for a district (`district_id`), or for schools: `school_id` is the first of them, by which it is found.
    Only hashes of its links are kept (InvitationLink). `ends_on` is the last day of an auditor's access. `reason` is
    why ClassWaves invites a district's first administrator to an address that is not known to belong there.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    district_id = models.CharField(max_length=64, blank=True)
    school_id = models.CharField(max_length=64, blank=True)
    school_ids = models.JSONField(default=list, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
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


class AccessReview(models.Model):
    """A list of everybody with access, which an administrator confirms person by person, once a term.

    It is of a district, or of one school. Once closed it is evidence: nothing of it changes any more.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    district_id = models.CharField(max_length=64, blank=True)
    school_id = models.CharField(max_length=64, blank=True)
    where = models.CharField(max_length=300, help_text="The name of the district or school then.")
    term = models.CharField(max_length=20)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=now)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["started_at", "id"], name="access_review_started_ix")]

    def __str__(self) -> str:
        return f"access review of {self.term}"


class AccessReviewLine(models.Model):
    """One person with one access as it was when the review began, and what was decided, by whom and when."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    review = models.ForeignKey(AccessReview, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10)
    subject_id = models.CharField(max_length=64)
    name = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=300)
    role = models.CharField(max_length=40)
    may = models.JSONField(default=list)
    has_mfa = models.BooleanField(default=False)
    seen = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    decided_by = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"a line of {self.review_id}"
