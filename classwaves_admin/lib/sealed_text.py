"""Text in addresses that only the portal can read: nothing typed stands open in logs, histories and referrers."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class Unreadable(ValueError):
    """Sealed text that was cut or changed, or was sealed with another key."""


def seal(text: str, *, key: str, purpose: str) -> str:
    """Return the text encrypted (AES-SIV, RFC 5297) in the letters of a URL.

    The same text gives the same letters, so that one search has one address. `purpose` keeps uses apart.
    """
    sealed = _cipher(key).encrypt(text.encode(), [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(letters: str, *, keys: Iterable[str], purpose: str) -> str:
    """Return the text that was sealed with one of the keys. Raises Unreadable."""
    try:
        sealed = base64.urlsafe_b64decode(letters.encode("ascii") + b"=" * (-len(letters) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise Unreadable("These are not letters of sealed text.") from None
    for key in keys:
        try:
            return _cipher(key).decrypt(sealed, [purpose.encode()]).decode()
        except (InvalidTag, ValueError):
            continue
    raise Unreadable("No key opens this text.")


def _cipher(key: str) -> AESSIV:
    return AESSIV(hashlib.sha512(f"sealed text:{key}".encode()).digest())
