"""People who sign in, the memberships that the portal itself keeps, and the keys of other programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from classwaves_admin.accounts.keys.rules import PREFIX_LENGTH, KeyState, state_of_key
from classwaves_admin.accounts.roles import Role
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
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)


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
