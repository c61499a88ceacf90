"""Secret links and codes: random at the one end, a keyed hash at the other, nothing readable kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_BYTES = 32  # 256 random bits
TOKEN_LENGTH = -(-TOKEN_BYTES * 8 // 6)  # of base64 without padding, as `secrets.token_urlsafe` writes it
CODE_DIGITS = 6
# Codes that stand on paper: Crockford's base 32, in which no two signs look alike; 50 random bits.
PAPER_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAPER_LENGTH = 10
_LOOKALIKES = str.maketrans("OIL", "011")


def new_token() -> str:
    """Return a fresh token of 256 random bits, fit for a URL (43 characters)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_code() -> str:
    """Return a fresh code of six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def new_paper_code() -> str:
    """Return a fresh code of ten signs for a printed form."""
    return "".join(secrets.choice(PAPER_ALPHABET) for _ in range(PAPER_LENGTH))


def paper_code_of(text: str) -> str:
    """Return a paper code as a person types it, in any case, with spaces or dashes, O for 0 and l for 1.

    What is no code gives another text or none.
    """
    typed = text.upper().translate(_LOOKALIKES)
    return "".join(character for character in typed if character in PAPER_ALPHABET)


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
