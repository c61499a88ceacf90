"""What a school has authorized on parents' behalf, in `default`: the decision, and the students it covers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.notices import NoticeText
from consent.rules.authorizing import Chosen, LeftOut


class SchoolAuthorization(models.Model):
    """One decision of a school official, signed with a name, for the school's own use only.

    It sets no flag and is no parent's consent. `internal_operations_only` is what the school stated when
    it decided. A decision that was taken back counts no more from `revoked_at`, wherever its rows are.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    chosen = models.CharField(max_length=10, choices=Chosen)
    grade = models.CharField(max_length=10, blank=True)
    statement = models.ForeignKey(NoticeText, on_delete=models.PROTECT, related_name="+")
    internal_operations_only = models.BooleanField()
    signer_name = models.CharField(max_length=200)
    decided_by = models.CharField(max_length=64)
    decided_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    revoked_by = models.CharField(max_length=64, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[SchoolAuthorization]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "decided_at", "id"], name="authorization_school_ix")]

    def __str__(self) -> str:
        return f"school authorization {self.pk}"

    @property
    def last_moment(self) -> datetime:
        """Return the last moment at which it counts: pages show its day."""
        return self.expires_at - timedelta(microseconds=1)


class AuthorizedStudent(models.Model):
    """A student whom a decision covers. `consent_id` is the row in `compliance.parental_consents`.

    `written_at` is when that row was written, `left_out` why there is none, `ended_at` when its end was written.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    authorization = models.ForeignKey(SchoolAuthorization, on_delete=models.CASCADE, related_name="+")
    school_id = models.CharField(max_length=64)
    student_id = models.CharField(max_length=64, db_index=True)
    consent_id = models.CharField(max_length=36, unique=True, default=new_id)
    written_at = models.DateTimeField(null=True, blank=True)
    left_out = models.CharField(max_length=20, choices=LeftOut, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[AuthorizedStudent]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authorization", "student_id"], name="authorized_student_once")
        ]

    def __str__(self) -> str:
        return f"student of {self.authorization_id}"
