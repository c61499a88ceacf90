"""People who sign in, the memberships that the portal itself keeps, and the keys of other programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from classwaves_admin.accounts.keys.rules import PREFIX_LENGTH, KeyState, state_of_key
from classwaves_admin.accounts.roles import Role
from classwaves_admin.accounts.support.rules import GrantState, state_of_grant
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class UserManager(BaseUserManager["User"]):
    """Makes people from an address; there is no other name to sign in with."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """Create a person; without `password` they must set one by mail or use Google."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of a school, a district, an auditor or ClassWaves. Parents have no account."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """Return the name to show."""
        return str(self)


class Membership(models.Model):
    """A role that the portal grants: district admin, auditor or super admin.

    School staff have none: `users.teachers` decides for them. An auditor's membership has an end.
    """

    PORTAL_ROLES = (Role.SUPER_ADMIN, Role.DISTRICT_ADMIN, Role.AUDITOR)

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.label) for role in PORTAL_ROLES])
    district_id = models.CharField(max_length=64, blank=True)
    school_ids = models.JSONField(default=list, blank=True, help_text="For an auditor of single schools.")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True, help_text="The last day on which it counts.")
    suspended_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(role=Role.AUDITOR) | models.Q(ends_on__isnull=False),
                name="auditor_membership_ends",
            )
        ]

    def __str__(self) -> str:
        return self.get_role_display()

    def counts_on(self, day: date) -> bool:
        """Tell whether the membership is in force on `day`."""
        if self.suspended_at is not None:
            return False
        return (self.starts_on is None or self.starts_on <= day) and not self.has_ended_by(day)

    def has_ended_by(self, day: date) -> bool:
        """Tell whether the last day of the membership lies before `day`."""
        return self.ends_on is not None and self.ends_on < day


class SupportGrant(models.Model):
    """A district's leave for ClassWaves to see its students' data for some hours: asked for or given unasked.

    `person` is who of ClassWaves it is for, None for anybody of it. `starts_at` and `ends_at` are set when an
    administrator of the district grants it; `ended_at` when one takes it back before its time. `reason` is what a
    person typed: it stays in this table and never reaches the audit log. Rows are never deleted.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    district_id = models.CharField(max_length=64)
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    hours = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=now)
    declined_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[SupportGrant]] = ScopedManager(district="district_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["district_id", "asked_at", "id"], name="support_grant_district_ix"),
            models.Index(fields=["ends_at"], name="support_grant_ends_ix"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True, ends_at__isnull=True, granted_by__isnull=True)
                | models.Q(starts_at__isnull=False, ends_at__isnull=False, granted_by__isnull=False),
                name="support_grant_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"support grant {self.pk}"

    def state_at(self, moment: datetime) -> GrantState:
        """Return what the grant is worth at a moment."""
        return state_of_grant(
            declined_at=self.declined_at,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            ended_at=self.ended_at,
            asked_at=self.asked_at,
            now=moment,
        )


class ApiKey(models.Model):
    """A key with which a program of one school asks the portal. Its holder alone has the secret.

    `prefix` is the readable part, by which people tell keys apart; `scopes` are values of KeyScope.
    `minute` and `asked` count the requests of the current minute for all web processes together;
    `last_used_at` is noted at most once an hour.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    minute = models.PositiveBigIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager[ApiKey]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "created_at"], name="api_key_school_created_ix")]

    def __str__(self) -> str:
        return f"cw_{self.prefix}_…"

    def state_at(self, moment: datetime) -> KeyState:
        """Return what the key is worth at a moment."""
        return state_of_key(expires_at=self.expires_at, revoked_at=self.revoked_at, now=moment)
