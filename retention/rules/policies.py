"""What may stand in a retention policy, and what a change of one means (16 CFR 312.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, LONGEST_DAYS, Periods

# What a session takes with it when it goes: none of it may be meant to stay longer than the session itself.
PARTS_OF_A_SESSION = (
    Retention.AUDIO_RECORDINGS,
    Retention.TRANSCRIPTS,
    Retention.AI_ANALYSES,
    Retention.METRICS,
    Retention.MESSAGES,
)
DAYS = {
    "archive": "Archive after",
    "retain": "Keep for",
    "delete": "Delete after",
}


class Problem(NamedTuple):
    """Why a value cannot stand, with the field of `Periods` that it is about."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands beside a policy: whether the school has children under 13, and the periods of its other kinds."""

    under_13: bool
    others: Mapping[Retention, Periods]


def problems(kind: Retention, periods: Periods, around: Around) -> list[Problem]:
    """Return what of the periods cannot stand, each as a sentence that names the two numbers in conflict."""
    found = [
        problem
        for name in DAYS
        if (days := getattr(periods, name)) is not None and (problem := _of_one(name, days)) is not None
    ]
    return found or [*_of_order(periods), *_of_age(kind, periods, around), *_of_session(kind, periods, around)]


def most_days(kind: Retention, *, under_13: bool) -> int:
    """Return after how many days a row of this kind is destroyed at the latest."""
    limit = DEFAULTS[kind].under_13
    return limit if under_13 and limit is not None else LONGEST_DAYS


def is_shorter(before: Periods, after: Periods) -> bool:
    """Tell whether a change destroys sooner, or puts out of use sooner: it needs a reason."""
    return after.delete < before.delete or after.retain < before.retain


def _of_one(name: str, days: int) -> Problem | None:
    if days < 1:
        return Problem(name, f"{DAYS[name]} needs at least 1 day, not {days}.")
    if days > LONGEST_DAYS:
        words = f"{DAYS[name]} {days:,} days is longer than {LONGEST_DAYS:,} days: nothing is kept without an end."
        return Problem(name, words)
    return None


def _of_order(periods: Periods) -> list[Problem]:
    found = []
    if periods.archive is not None and periods.archive > periods.retain:
        words = f"Archive after {periods.archive:,} days is later than keep for {periods.retain:,} days."
        found.append(Problem("archive", words))
    if periods.retain > periods.delete:
        words = f"Delete after {periods.delete:,} days is sooner than keep for {periods.retain:,} days."
        found.append(Problem("delete", words))
    return found


def _of_age(kind: Retention, periods: Periods, around: Around) -> list[Problem]:
    most = most_days(kind, under_13=around.under_13)
    if periods.delete <= most:
        return []
    words = f"Delete after {periods.delete:,} days is longer than {most:,} days"
    return [Problem("delete", f"{words}, the most while the school has children under 13.")]


def _of_session(kind: Retention, periods: Periods, around: Around) -> list[Problem]:
    """Compare with the session, which takes its parts with it when it goes."""
    found = []
    session = around.others.get(Retention.SESSION_RECORDS)
    if kind in PARTS_OF_A_SESSION and session and periods.delete > session.delete:
        words = f"Delete after {periods.delete:,} days is longer than the {session.delete:,} days of the session"
        found.append(Problem("delete", f"{words}, which takes {DEFAULTS[kind].label.lower()} with it."))
    if kind is Retention.SESSION_RECORDS:
        for part in PARTS_OF_A_SESSION:
            other = around.others.get(part)
            if other and other.delete > periods.delete:
                label = DEFAULTS[part].label.lower()
                words = f"Delete after {periods.delete:,} days is sooner than the {other.delete:,} days of {label}."
                found.append(Problem("delete", f"{words} A session takes them with it: shorten them first."))
    return found
