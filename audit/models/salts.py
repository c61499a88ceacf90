"""What ties each sealed row to its seal: its leaf, its place, and the salt, kept apart from the log itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from audit.models.seals import Seal
from classwaves_admin.tenancy.scope import ScopedManager


class SealedRow(models.Model):
    """A row of the log that has its seal. The primary key lets no row be sealed twice.

    Without `salt` nobody can find out by trying what an erased field held; see ErasedRow. `disposed_at` is
    when retention deleted the row: the leaf stays, so that its neighbours can still be proved.
    """

    row_id = models.TextField(primary_key=True)
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    leaf = models.BinaryField(max_length=32)
    salt = models.BinaryField(max_length=32, null=True)
    disposed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[SealedRow]] = ScopedManager(school="seal__school_id")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["seal", "place"], name="sealed_row_place_once")]

    def __str__(self) -> str:
        return f"row {self.place} of a seal"


class ErasedRow(models.Model):
    """A sealed row of which fields were erased.

    `kept` has the commitments that stand for the erased fields, and the field salts of those that are still
    there, both in hexadecimal by column: what the verifier needs in place of the row's salt. Its `signature` says that
    the portal erased them, and when.
    """

    row = models.OneToOneField(SealedRow, primary_key=True, on_delete=models.PROTECT, related_name="+")
    kept = models.JSONField()
    erased_at = models.DateTimeField()

    objects: ClassVar[models.Manager[ErasedRow]] = ScopedManager(school="row__seal__school_id")

    def __str__(self) -> str:
        return "an erased row"
