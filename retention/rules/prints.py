"""Fingerprints of row ids: eight bytes say whether a row was in the set that people saw, and name no row."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from xxhash import xxh3_64_digest

__all__ = ["WIDTH", "digest_of", "print_of", "prints_of", "told_apart"]

WIDTH = 8


def print_of(row_id: str) -> bytes:
    """Return the eight bytes of one id. Of 20,000 rows, one in 10^15 others is taken for one of them."""
    return xxh3_64_digest(row_id.encode())


def prints_of(row_ids: Iterable[str]) -> bytes:
    """Return the prints of ids, in order."""
    return b"".join(map(print_of, row_ids))


def told_apart(prints: bytes) -> frozenset[bytes]:
    """Return prints that stand one behind the other, each by itself."""
    return frozenset(prints[start : start + WIDTH] for start in range(0, len(prints), WIDTH))


def digest_of(row_ids: Iterable[str]) -> str:
    """Return the SHA-256 over ids in order, one a line, as a certificate states it."""
    digest = sha256()
    for row_id in row_ids:
        digest.update(row_id.encode() + b"\n")
    return digest.hexdigest()
