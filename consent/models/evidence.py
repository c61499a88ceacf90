"""What shows that staff checked who answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian
from consent.vocabulary import VerificationMethod


class Evidence(models.Model):
    """One check by a person of the school: how, when, and where the proof lies (16 CFR 312.5(b)(2)).

    `file` names an optional scan in private storage, random and without a name of a person; `sha256`
    is the hash of the bytes as they are kept. A copy of an identity document is never asked for.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=24, choices=[(member.value, member.label) for member in VerificationMethod])
    reference = models.CharField(max_length=200)
    checked_on = models.DateField()
    file = models.CharField(max_length=100, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    recorded_by = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Evidence]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["guardian", "recorded_at"], name="evidence_guardian_ix")]

    def __str__(self) -> str:
        return f"{self.get_method_display()}, {self.checked_on}"


class EvidencedConsent(models.Model):
    """A row of `compliance.parental_consents` that an evidence stands for."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="consents")
    consent_id = models.CharField(max_length=64, db_index=True)
    student_id = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evidence", "consent_id"], name="evidenced_consent_once")
        ]

    def __str__(self) -> str:
        return f"consent {self.consent_id}"
