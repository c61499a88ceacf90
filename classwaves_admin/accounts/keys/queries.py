"""Finds the key of a request, and the keys that a person may see."""

from __future__ import annotations

from django.conf import settings

from classwaves_admin.accounts.keys.rules import Secret
from classwaves_admin.accounts.models import ApiKey
from classwaves_admin.lib.tokens import keyed_hash, same


def hash_of(secret: Secret) -> str:
    """Return the hash under which a key is kept: bound to its prefix."""
    return keyed_hash(secret.token, key=settings.TOKEN_KEY, purpose=f"api-key-{secret.prefix}")


def find_key(secret: Secret) -> ApiKey | None:
    """Return the key with this secret, dead ones too; None for a secret that is not ours.

    It takes as long for a prefix that nobody has as for a wrong secret.
    """
    key = ApiKey.objects.filter(prefix=secret.prefix).first()
    found = same(hash_of(secret), key.secret_hash if key else "0" * 64)
    return key if found else None


def keys_in_scope(school_id: str | None) -> list[ApiKey]:
    """Return the keys of a school, or of all in scope, newest first."""
    keys = ApiKey.objects.select_related("created_by").order_by("-created_at", "-id")
    return list(keys.filter(school_id=school_id) if school_id else keys)
