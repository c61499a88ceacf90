"""When a legal hold may be released: never by one person alone, and not on the day somebody thought of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Refusal(StrEnum):
    """Why a hold is not released."""

    RELEASED = "released"
    NOT_ASKED = "not_asked"
    SAME_PERSON = "same_person"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for the release and when; None where nobody has."""

    by: str
    at: datetime


def release_from(asked: Asked, cooling_off: timedelta) -> datetime:
    """Return the moment from which another person may confirm."""
    return asked.at + cooling_off


def may_release(
    asked: Asked | None, *, released: bool, by: str, now: datetime, cooling_off: timedelta
) -> Refusal | None:
    """Return why a person may not release a hold now, None where they may."""
    if released:
        return Refusal.RELEASED
    if asked is None:
        return Refusal.NOT_ASKED
    if asked.by == by:
        return Refusal.SAME_PERSON
    if now < release_from(asked, cooling_off):
        return Refusal.TOO_SOON
    return None
