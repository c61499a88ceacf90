"""The keys that sign seals: one that signs, and those of the past, with which old seals are checked."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit.proof.verifier import canonical, key_id

__all__ = ["NoSealKey", "SealKey", "new_key", "public_keys", "signing_key"]


class NoSealKey(RuntimeError):
    """AUDIT_SEAL_KEY is not set: nothing can be signed, and sealing waits."""


@dataclass(frozen=True, slots=True, repr=False)
class SealKey:
    """A private key, which no text shows, and its public half."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """Return the public key, 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    @property
    def public_text(self) -> str:
        """Return the public key as AUDIT_SEAL_PAST_KEYS takes it."""
        return _written(self.public)

    @property
    def id(self) -> str:
        """Return the id that seals name."""
        return key_id(self.public)

    def sign(self, record: Mapping[str, object]) -> str:
        """Return the signature of a record, in hexadecimal."""
        return self.private.sign(canonical(record)).hex()


def new_key() -> tuple[str, str]:
    """Return a fresh private key and its public half, as the settings take them."""
    private = Ed25519PrivateKey.generate()
    return _written(private.private_bytes_raw()), _written(private.public_key().public_bytes_raw())


def signing_key() -> SealKey | None:
    """Return the key that signs now, or None where none is set. Raises ValueError for one that cannot be read."""
    if not settings.AUDIT_SEAL_KEY:
        return None
    return SealKey(Ed25519PrivateKey.from_private_bytes(_read(settings.AUDIT_SEAL_KEY)))


def public_keys() -> dict[str, bytes]:
    """Return the public keys of now and of the past by id. Raises ValueError for one that cannot be read."""
    current = signing_key()
    known = [_read(written) for written in settings.AUDIT_SEAL_PAST_KEYS]
    return {key_id(public): public for public in [*known, *([current.public] if current else [])]}


def _written(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _read(written: str) -> bytes:
    try:
        raw = base64.b64decode(written, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 32:  # noqa: PLR2004 - the length of an Ed25519 key (RFC 8032)
        raise ValueError("A key of seals is 32 bytes in base64: manage.py make_seal_key makes one.")
    return raw
