"""What the portal keeps about settings: what districts have set, what the portal wrote last, and how it came about.

And what schools have signed.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager

REASON_LENGTH = 500


def is_last_word(written_at: datetime, over_at: datetime | None, row_at: datetime | None) -> bool:
    """Tell whether what the portal wrote counts beside the newest row of the catalog: the row is older, or replaced."""
    return row_at is None or row_at <= written_at or row_at == over_at


class DistrictSetting(models.Model):
    """What a district has set for its schools; a locked value holds whatever a school says.

    The catalog has no table for it. `value` is the stored text (setting_kinds.py).
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    district_id = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    value = models.TextField()
    locked = models.BooleanField(default=False)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[DistrictSetting]] = ScopedManager(district="district_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["district_id", "key"], name="district_setting_district_key_uq")
        ]

    def __str__(self) -> str:
        return f"{self.key} of a district"


class WrittenSetting(models.Model):
    """The last word of the portal about one key of a school: what counts until the catalog has a newer row.

    It bridges the time until the change is delivered and all processes have read it, and two people's changes meet
    on it. `value` is empty where the school's own value was taken away. `over_at` is when the newest row was written
    that it takes the place of: another service may have dated it into the future.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    row_id = models.CharField(max_length=64)
    value = models.TextField(null=True, blank=True)
    written_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[WrittenSetting]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["school_id", "key"], name="written_setting_school_key_uq")
        ]

    def __str__(self) -> str:
        return f"{self.key} of a school"

    def counts_over(self, row_at: datetime | None) -> bool:
        """Tell whether this is the last word beside the newest row of the catalog, None where there is none."""
        return is_last_word(self.written_at, self.over_at, row_at)


class SchoolLogo(models.Model):
    """A school's logo as guardians see it: a small PNG that the portal made (lib/logos.py), named by its SHA-256."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    made_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[SchoolLogo]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["school_id", "digest"], name="school_logo_once_uq")]

    def __str__(self) -> str:
        return f"logo {self.digest[:8]}"


class SettingsHeld(models.Model):
    """A school or district whose settings somebody has changed: its row is held while the next one changes them."""

    place = models.CharField(primary_key=True, max_length=80)

    def __str__(self) -> str:
        return self.place


class SettingChange(models.Model):
    """One change of a setting, of a school or of a district. The audit log names it by its id.

    `before` and `after` are stored texts, empty where nothing was set. `held_before` and `held_after` are what counted,
    stored alike, with who said so (values.Origin): a school that had set nothing had a value all the same; changes from
    before these were kept have empty ones. `reason` is the person's own words: it stays in
    this table. A district's change has no school: whoever may look at the district reads it in the system's scope.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64, blank=True)
    district_id = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=80)
    before = models.TextField(null=True, blank=True)
    after = models.TextField(null=True, blank=True)
    held_before = models.TextField(null=True, blank=True)
    held_after = models.TextField(null=True, blank=True)
    origin_before = models.CharField(max_length=8, blank=True)
    origin_after = models.CharField(max_length=8, blank=True)
    locked_before = models.BooleanField(default=False)
    locked_after = models.BooleanField(default=False)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    changed_by = models.CharField(max_length=64)
    changed_at = models.DateTimeField()

    objects: ClassVar[models.Manager[SettingChange]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["school_id", "changed_at", "id"], name="setting_change_school_ix"),
            models.Index(fields=["district_id", "changed_at", "id"], name="setting_change_district_ix"),
        ]

    def __str__(self) -> str:
        return f"change of {self.key}"


class Agreement(models.TextChoices):
    """What a school signs. `profile/agreements.py` has the words."""

    FERPA = "ferpa", "FERPA agreement"
    COPPA = "coppa", "COPPA statement"


class SchoolStatement(models.Model):
    """What an official of a school has signed, or taken back. Rows are only added; the newest of a kind counts.

    `text` are the exact words, `version` names them. A statement that takes another back has the reason for its text.
    `signed_on` is the day on the paper or the page, `made_at` when the portal got it.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=Agreement)
    signs = models.BooleanField()
    version = models.CharField(max_length=60)
    text = models.TextField()
    signer_name = models.CharField(max_length=200)
    signer_title = models.CharField(max_length=200)
    signed_on = models.DateField()
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    objects: ClassVar[models.Manager[SchoolStatement]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "made_at", "id"], name="school_statement_school_ix")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of a school"
