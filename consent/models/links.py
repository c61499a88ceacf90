"""Links that were mailed to guardians. Only keyed hashes are kept; the mail is the one place with the token."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from consent.models.guardians import Guardian
from consent.models.invitations import Invitation


class Purpose(models.TextChoices):
    """What a link is good for. None of them does the work of another.

    One that stops reminders does so at any time; its code is mailed to nobody.
    """

    ANSWER = "answer", "Answer an invitation"
    VERIFY = "verify", "Verify an answer"
    MANAGE = "manage", "See, change and take back answers"
    STOP = "stop", "Stop reminders"


class Link(models.Model):
    """One mailed link with its 6-digit code.

    Each mail mints its own, so that a mail which is sent twice leaves no dead link in an inbox. It belongs
    to an invitation, and all links of one end together: with its answer, its verification or its
    revocation. A link to manage belongs to a guardian instead, since answers may have no invitation; it is
    good until its own end, and `used_at` ends it early where the address changes.
    `attempts` counts wrong codes; past the limit the code is dead and the link still works.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    invitation = models.ForeignKey(Invitation, null=True, blank=True, on_delete=models.CASCADE, related_name="links")
    guardian = models.ForeignKey(Guardian, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=6, choices=Purpose)
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["invitation", "purpose"], name="link_invitation_purpose_ix")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(invitation__isnull=False, guardian__isnull=True)
                | models.Q(invitation__isnull=True, guardian__isnull=False),
                name="link_of_one_owner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.invitation_id or self.guardian_id}"

    @property
    def request(self) -> Invitation:
        """The invitation that the link answers or verifies. Raises ValueError for a link to manage."""
        if self.invitation is None:
            raise ValueError("A link to manage belongs to no invitation.")
        return self.invitation

    @property
    def owner(self) -> Invitation | Guardian:
        """What the link was made for."""
        return self.invitation or self.mailed_to

    @property
    def language(self) -> str:
        """The language of the mail that brought the link."""
        return self.invitation.language if self.invitation else self.mailed_to.language

    @property
    def mailed_to(self) -> Guardian:
        """The guardian in whose inbox the link lies."""
        return self.guardian or self.request.guardian


class LinkRequest(models.Model):
    """Somebody typed an address and asked for a link; the worker looks whether it is on file, and mails.

    So the page does the same for every address, and takes the same time. The row goes as soon as it is served.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    address = models.EmailField(max_length=254)
    purpose = models.CharField(max_length=6, choices=Purpose)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.id}"
