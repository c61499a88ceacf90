"""Who signed a row that another service wrote, where the office has found out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian


class MatchedSigner(models.Model):
    """That a row of `compliance.parental_consents` is the answer of one guardian of the roster.

    The portal's own rows have an `Answer` that says so. Rows of other services carry an address alone,
    which may fit nobody, or be given up later: a consent never moves with an address.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="+")
    student_id = models.CharField(max_length=64, db_index=True)
    consent_id = models.CharField(max_length=64, unique=True)
    matched_by = models.CharField(max_length=64)
    matched_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[MatchedSigner]] = ScopedManager(school="school_id")

    def __str__(self) -> str:
        return f"signer of {self.consent_id}"
