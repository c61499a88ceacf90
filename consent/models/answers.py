"""What guardians answered, safe in `default` before the page says thank you."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian
from consent.models.invitations import Invitation
from consent.models.notices import NoticeText
from consent.vocabulary import Relationship, VerificationMethod


class Answer(models.Model):
    """One yes or no, for one child and one type of consent: the twin of a row in the catalog.

    `consent_id` is the id of that row in `compliance.parental_consents`. The twin says which guardian
    of the roster answered, which the catalog cannot, and counts while the row is on its way there.
    `notice` is what was shown; none where a row of another service was taken back, whose text is not here.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    invitation = models.ForeignKey(Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="+")
    school_id = models.CharField(max_length=64)
    student_id = models.CharField(max_length=64)
    consent_type = models.CharField(max_length=40)
    given = models.BooleanField()
    consent_id = models.CharField(max_length=36, unique=True)
    notice = models.ForeignKey(NoticeText, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=200)
    relationship = models.CharField(max_length=24, choices=[(member.value, member.label) for member in Relationship])
    method = models.CharField(
        max_length=24,
        choices=[(member.value, member.label) for member in VerificationMethod],
        default=VerificationMethod.UNVERIFIED.value,
    )
    awaits_second_step = models.BooleanField(default=False)
    answered_at = models.DateTimeField(default=now)
    verified_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Answer]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["student_id", "consent_type"], name="answer_student_type_ix"),
            models.Index(fields=["guardian", "answered_at"], name="answer_guardian_ix"),
            models.Index(fields=["school_id", "notice"], name="answer_school_notice_ix"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invitation", "student_id", "consent_type"], name="answer_once_per_invitation"
            )
        ]

    def __str__(self) -> str:
        return f"{'yes' if self.given else 'no'} to {self.consent_type}"
