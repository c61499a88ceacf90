"""That a guardian took consents back, and what they chose for the data."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian
from consent.vocabulary import WithdrawalWay


class Withdrawal(models.Model):
    """One withdrawal by one guardian, for one or more children: `WithdrawnConsent` says what ended.

    `delete_data` is the guardian's own choice, never assumed; `due_at` is then the last day for it
    (16 CFR 312.6(a)(2)). `reference` says where the school keeps a call's note or a letter; blank where the
    guardian used their link.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=12, choices=[(member.value, member.label) for member in WithdrawalWay])
    reference = models.CharField(max_length=200, blank=True)
    delete_data = models.BooleanField()
    due_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Withdrawal]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["guardian", "created_at"], name="withdrawal_guardian_ix")]

    def __str__(self) -> str:
        return f"withdrawal {self.pk}"


class WithdrawnConsent(models.Model):
    """One type of consent for one child that a withdrawal ended."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.CASCADE, related_name="consents")
    student_id = models.CharField(max_length=64, db_index=True)
    consent_type = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["withdrawal", "student_id", "consent_type"], name="withdrawn_once")
        ]

    def __str__(self) -> str:
        return f"{self.consent_type}, {self.withdrawal_id}"
