"""Certificates of disposition: what a run destroyed, what it kept and why, and whether it is off the disk."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from retention.models.runs import Run


class CertificateState(models.TextChoices):
    """What may be said: "destroyed" only where it has been done on the disk and looked at."""

    LOGICAL = "logical", "Logically deleted"
    PHYSICAL = "physical", "Physically removed"


class Hindrance(models.TextChoices):
    """What a removal from the disk waits for, in the words of the page."""

    BUSY = "busy", "The database was in use by others."
    NO_SPACE = "no_space", "The server’s disk has too little free space to write the tables anew."
    NOT_ALLOWED = "not_allowed", "The portal’s user of the database may not write the tables anew: it has to own them."
    NOT_PROVED = "not_proved", "Looking afterwards did not show that the bytes are gone, so all is done again."


class Certificate(models.Model):
    """The certificate of one run that has ended (NDPA Exhibit D).

    `content` is written once, when the run ends; `sha256` is over it as canonical JSON. `due_at` is by when what was
    deleted is to be off the disk. `progress` says by database how far that is (warehouse/physical/), the next step is
    taken at `next_at`, and `hindrance` is why the last one was not. `looked_at` holds by database the sentences of
    `physical.kinds.Found`.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="certificate")
    school_id = models.CharField(max_length=64)
    content: models.JSONField[Any, Any] = models.JSONField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=CertificateState, default=CertificateState.LOGICAL)
    made_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField()
    progress: models.JSONField[Any, Any] = models.JSONField(default=dict)
    next_at = models.DateTimeField(null=True, blank=True)
    hindrance = models.CharField(max_length=12, blank=True, choices=Hindrance)
    physical_at = models.DateTimeField(null=True, blank=True)
    looked_at: models.JSONField[Any, Any] = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[Certificate]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["made_at", "id"], name="certificate_made_ix"),
            models.Index(fields=["school_id", "made_at", "id"], name="certificate_school_ix"),
            models.Index(fields=["state", "next_at"], name="certificate_next_ix"),
        ]

    def __str__(self) -> str:
        return f"certificate of run {self.run_id}, {self.get_state_display().lower()}"

    @property
    def is_physical(self) -> bool:
        """Tell whether the bytes are known to be off the disk."""
        return self.state == CertificateState.PHYSICAL
