"""Keys of programs, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from classwaves_admin.accounts.keys.queries import hash_of
from classwaves_admin.accounts.keys.rules import KeyScope, new_secret
from classwaves_admin.accounts.models import ApiKey
from classwaves_admin.lib import clock
from classwaves_admin.warehouse.models import School

__all__ = ["api_key", "bearer", "new_secret"]


def api_key(school: School, *, scopes: Iterable[KeyScope | None] = tuple(KeyScope), **given: Any) -> tuple[ApiKey, str]:
    """Save a key of the school that works for a year, and return it with its secret."""
    secret = new_secret()
    values = {
        "school_id": school.pk,
        "name": "Classroom application",
        "prefix": secret.prefix,
        "secret_hash": hash_of(secret),
        "scopes": [scope.value for scope in scopes if scope],
        "expires_at": clock.now() + timedelta(days=365),
    }
    return ApiKey.objects.create(**(values | given)), str(secret)


def bearer(secret: str) -> dict[str, str]:
    """Return the headers of a request with a key."""
    return {"Authorization": f"Bearer {secret}"}
