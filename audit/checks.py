"""What Django checks of the proof at the start: a key that signs, and keys that can be read."""

from __future__ import annotations

from typing import Any

from django.core import checks

from audit.proof.keys import public_keys, signing_key

NO_KEY = "audit.W001"
BAD_KEY = "audit.E001"


def register_all() -> None:
    """Register the checks. Called once, when Django starts."""
    checks.register(check_keys, checks.Tags.security)
    checks.register(check_signing, checks.Tags.security, deploy=True)


def check_keys(**_options: Any) -> list[checks.CheckMessage]:
    """Refuse keys of seals that cannot be read."""
    try:
        public_keys()
    except ValueError as error:
        return [checks.Error(f"AUDIT_SEAL_KEY or AUDIT_SEAL_PAST_KEYS: {error}", id=BAD_KEY)]
    return []


def check_signing(**_options: Any) -> list[checks.CheckMessage]:
    """Warn where nothing seals the log."""
    try:
        if signing_key() is not None:
            return []
    except ValueError:  # check_keys tells
        return []
    return [
        checks.Warning(
            "AUDIT_SEAL_KEY is not set: the audit log is not sealed.",
            hint="manage.py make_seal_key makes a key; docs/proof.md says where to keep it.",
            id=NO_KEY,
        )
    ]
