"""What a key is written like, what it may be used for, and when it counts. Pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

from classwaves_admin.lib.tokens import new_token

MINUTE = 60
# A key's last use is noted at most this often.
NOTED_EVERY = timedelta(hours=1)
PREFIX_LENGTH = 8
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that a person takes for something else
_WRITTEN = re.compile(rf"cw_([{_ALPHABET}]{{{PREFIX_LENGTH}}})_([A-Za-z0-9_-]{{43}})")


class KeyScope(models.TextChoices):
    """What a key may be used for."""

    RECORDING_GATE = "recording_gate", "Ask which groups of a session may be recorded"
    STUDENT_CONSENT = "student_consent", "Ask what counts for one student"


class KeyState(StrEnum):
    """What a key is worth at a moment."""

    ALIVE = "alive"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Secret:
    """A key as its holder has it. The prefix is shown and stored; of the token only a keyed hash is kept."""

    prefix: str
    token: str

    def __str__(self) -> str:
        return f"cw_{self.prefix}_{self.token}"

    def __repr__(self) -> str:
        return f"Secret({self.prefix})"


def new_secret() -> Secret:
    """Return a fresh key of 256 random bits, with a random prefix by which people tell it from others."""
    return Secret("".join(secrets.choice(_ALPHABET) for _ in range(PREFIX_LENGTH)), new_token())


def read_header(header: str) -> Secret | None:
    """Return the key in an `Authorization: Bearer …` header, or None for anything else."""
    scheme, _, written = header.strip().partition(" ")
    match = _WRITTEN.fullmatch(written.strip()) if scheme.lower() == "bearer" else None
    return Secret(match[1], match[2]) if match else None


def state_of_key(*, expires_at: datetime, revoked_at: datetime | None, now: datetime) -> KeyState:
    """Return what a key is worth at `now`."""
    if revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.ALIVE if now < expires_at else KeyState.EXPIRED


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of a minute's requests is used: `asked` counts the one that is being answered."""

    limit: int
    asked: int
    resets_in: int

    @property
    def is_spent(self) -> bool:
        """Tell whether this request is one too many."""
        return self.asked > self.limit

    def headers(self) -> dict[str, str]:
        """Return the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10), with Retry-After where spent."""
        left = max(self.limit - self.asked, 0)
        told = {
            "RateLimit-Policy": f'"key";q={self.limit};w={MINUTE}',
            "RateLimit": f'"key";r={left};t={self.resets_in}',
        }
        return told | ({"Retry-After": str(self.resets_in)} if self.is_spent else {})


def minute_of(now: datetime) -> int:
    """Return the number of the minute since 1970 in which `now` falls."""
    return int(now.timestamp()) // MINUTE


def seconds_left(now: datetime) -> int:
    """Return the seconds until the next minute begins, at least 1."""
    return MINUTE - int(now.timestamp()) % MINUTE
