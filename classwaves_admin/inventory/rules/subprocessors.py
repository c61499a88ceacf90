"""What an entry of the list of subprocessors says, told apart from what it said before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from classwaves_admin.lib.digest import canonical_json, sha256_hex

__all__ = ["FIELDS", "changed", "fingerprint"]

FIELDS: Mapping[str, str] = {
    "name": "Name",
    "purpose": "What for",
    "classes": "Classes of data",
    "location": "Where",
    "since": "Since",
    "until": "Until",
    "agreement": "Agreement (DPA)",
}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that say something else than before."""
    return [name for name in FIELDS if before.get(name) != after.get(name)]


def fingerprint(said: Mapping[str, Any]) -> str:
    """Return a mark of what an entry says, by which a form knows that nobody changed it in the meantime."""
    return sha256_hex(canonical_json(dict(said)))[:16]
