"""Schools whose guardians cannot be asked again: the office must hear of it before the consents have ended."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import ScopedManager


class BlockedRenewal(models.Model):
    """That a blank in a school's notice stops the requests for a new answer. Goes when they can be sent again.

    `slots` names the blanks as in the notices.
    """

    school_id = models.CharField(primary_key=True, max_length=64)
    slots: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    since = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[BlockedRenewal]] = ScopedManager(school="school_id")

    def __str__(self) -> str:
        return f"renewals of {self.school_id} since {self.since:%Y-%m-%d}"
