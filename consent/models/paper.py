"""Printed forms: who got which questions on paper."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.guardians import Guardian
from consent.models.notices import NoticeText


class PaperForm(models.Model):
    """One printed form. Its code stands on the paper and nowhere else; only a keyed hash is kept.

    The form binds the guardian to the children and to the exact notices that were printed.
    `replaced_at` is set when a newer form was printed for the same guardian: the older code is dead.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=10)
    code_hash = models.CharField(max_length=64, unique=True)
    printed_by = models.CharField(max_length=64)
    printed_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[PaperForm]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["guardian", "printed_at"], name="paper_form_guardian_ix")]

    def __str__(self) -> str:
        return f"paper form {self.pk}"


class PaperChild(models.Model):
    """A child that a printed form asks about."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    form = models.ForeignKey(PaperForm, on_delete=models.CASCADE, related_name="children")
    student_id = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["form", "student_id"], name="paper_child_once")]

    def __str__(self) -> str:
        return f"child of {self.form_id}"


class PaperNotice(models.Model):
    """A notice that was printed on a form, word for word."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    form = models.ForeignKey(PaperForm, on_delete=models.CASCADE, related_name="notices")
    notice = models.ForeignKey(NoticeText, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["form", "notice"], name="paper_notice_once")]

    def __str__(self) -> str:
        return f"notice of {self.form_id}"
