"""What the portal knows of ages beside the catalog: the school's word, and whose rights have passed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class AdultConfirmation(models.Model):
    """The school's word that a student is 18: it decides in the year of the birthday, whose day nobody keeps."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64, db_index=True)
    student_id = models.CharField(max_length=64, unique=True)
    confirmed_by = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[AdultConfirmation]] = ScopedManager(school="school_id")

    def __str__(self) -> str:
        return "the school says that a student is 18"


class NotInvited(models.TextChoices):
    """Why a student whose rights have passed has not been asked yet."""

    NO_ADDRESS = "no_address", "No e-mail address in the roster"
    SHARED_ADDRESS = "shared_address", "The address in the roster is a guardian’s"
    INACTIVE = "inactive", "Not an active student"
    NOTICE = "notice_incomplete", "The school’s notice has a blank"
    BOUNCED = "bounced", "Our last mail came back"
    LATER = "later", "Tried again in the next night"


class RightsTransfer(models.Model):
    """That a student's rights have passed from the parents to the student (34 CFR 99.5).

    From here on the parents' consents are suspended and their links show this child no more; the student
    answers alone. `not_invited` says why no request went to the student; empty once `invited_at` is set.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64, db_index=True)
    student_id = models.CharField(max_length=64, unique=True)
    transferred_at = models.DateTimeField(default=now)
    invited_at = models.DateTimeField(null=True, blank=True)
    not_invited = models.CharField(max_length=20, choices=NotInvited, blank=True)

    objects: ClassVar[models.Manager[RightsTransfer]] = ScopedManager(school="school_id")

    def __str__(self) -> str:
        return "rights of one student"
