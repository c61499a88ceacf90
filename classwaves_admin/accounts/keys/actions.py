"""Makes keys, takes them back, counts their use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from audit.record import record
from classwaves_admin.accounts.keys.queries import hash_of
from classwaves_admin.accounts.keys.rules import (
    NOTED_EVERY,
    Allowance,
    KeyScope,
    Secret,
    minute_of,
    new_secret,
    seconds_left,
)
from classwaves_admin.accounts.models import ApiKey, User
from classwaves_admin.lib.actor import Actor


def create_key(
    *,
    school_id: str,
    name: str,
    scopes: Collection[KeyScope],
    days: int,
    user: User | None,
    by: Actor,
    now: datetime,
) -> tuple[ApiKey, Secret]:
    """Make a key for one school and return it with its secret, which is kept nowhere.

    Raises ValueError for a key that is good for nothing or lives longer than `API_KEY_DAYS`.
    """
    if not scopes or not 1 <= days <= settings.API_KEY_DAYS:
        raise ValueError("A key needs a scope, and a life within API_KEY_DAYS.")
    secret = new_secret()
    with transaction.atomic():
        key = ApiKey.objects.create(
            school_id=school_id,
            name=" ".join(name.split()),
            prefix=secret.prefix,
            secret_hash=hash_of(secret),
            scopes=sorted(scope.value for scope in scopes),
            created_by=user,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        _audit(key, "key_created", by=by, now=now)
    return key, secret


def revoke_key(*, key: ApiKey, by: Actor, now: datetime) -> bool:
    """Take a key back, at once and for good. Return whether it was not revoked before."""
    with transaction.atomic():
        if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
            return False
        _audit(key, "key_revoked", by=by, now=now)
    return True


def count_use(*, key: ApiKey, now: datetime) -> Allowance:
    """Count a request with this key, for all web processes together, and return what is left of the minute."""
    minute = minute_of(now)
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    with transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(
            minute=minute,
            asked=Case(When(minute=minute, then=F("asked") + 1), default=Value(1)),
            last_used_at=Case(When(unnoted, then=Value(now)), default=F("last_used_at")),
        )
        asked = ApiKey.objects.values_list("asked", flat=True).get(pk=key.pk)
    return Allowance(settings.API_REQUESTS_A_MINUTE, asked, seconds_left(now))


def _audit(key: ApiKey, change: str, *, by: Actor, now: datetime) -> None:
    record(
        "settings.changed",
        by=by,
        school_id=key.school_id,
        resource=("api_key", key.id),
        data={"change": change, "scopes": list(key.scopes)},
        at=now,
    )
