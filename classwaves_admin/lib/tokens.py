"""Secret links and codes: random at the one end, a keyed hash at the other, nothing readable kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_BYTES = 32  # 256 random bits
CODE_DIGITS = 6


def new_token() -> str:
    """Return a fresh token of 256 random bits, fit for a URL (43 characters)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_code() -> str:
    """Return a fresh code of six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def keyed_hash(secret: str, *, key: str, purpose: str) -> str:
    """Return HMAC-SHA256 of a secret as 64 hexadecimal digits.

    `purpose` keeps hashes of different uses apart, so that one kind of secret never serves as another.
    """
    return hmac.new(key.encode(), f"{purpose}:{secret}".encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two hashes in a time that tells nothing about where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def digits_of(text: str) -> str:
    """Return the digits of a code as a person types it, with spaces or dashes, in any script's digits."""
    return "".join(str(int(character)) for character in text if character.isdecimal())
