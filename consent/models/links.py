"""Links that were mailed to guardians. Only keyed hashes are kept; the mail is the one place with the token."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from consent.models.invitations import Invitation


class Purpose(models.TextChoices):
    """What a link is good for. One for answering never verifies, and the other way round."""

    ANSWER = "answer", "Answer an invitation"
    VERIFY = "verify", "Verify an answer"


class Link(models.Model):
    """One mailed link with its 6-digit code.

    Each mail mints its own, so that a mail which is sent twice leaves no dead link in an inbox. All
    links of an invitation end together: with its answer, its verification or its revocation.
    `attempts` counts wrong codes; past the limit the code is dead and the link still works.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=6, choices=Purpose)
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["invitation", "purpose"], name="link_invitation_purpose_ix")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.invitation_id}"
