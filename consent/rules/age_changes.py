"""What may stand in an age record, and what a change leads to: said before it is saved."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from consent.rules.ages import ADULT_FROM, ATTESTED, turns, year_everywhere
from consent.rules.effective import Circumstances
from consent.rules.limits import LIMITS, has_parental_consent, limits_for
from consent.rules.status import ConsentRow


@dataclass(frozen=True, slots=True)
class AgeValues:
    """What staff may state about one student; `adult` is the school's word that the student is 18."""

    birth_year: int | None
    method: str
    adult: bool
    data_collection_limited: bool
    no_behavioral_targeting: bool
    no_third_party_sharing: bool
    auto_delete_enabled: bool
    delete_after_days: int | None
    parent_access_enabled: bool


class Problem(NamedTuple):
    """Why a value cannot stand, with the field that it is about."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands beside the record and is touched when rights pass: in numbers."""

    parents_consents: int = 0
    open_requests: int = 0
    has_address: bool = False


class MostDays(NamedTuple):
    """For how many days a student's data may stay at most, as the school has decided (16 CFR 312.10)."""

    under_13: int
    later: int


def problems(
    values: AgeValues, rows: Collection[ConsentRow], about: Circumstances, now: datetime, most: MostDays
) -> list[Problem]:
    """Return what of the values cannot stand; `about` are the circumstances that would follow from them."""
    return [
        *_of_age(values, now),
        *_of_limits(values, rows, about, now),
        *_of_deletion(values, about, most.under_13 if about.under_13 else most.later),
        *_of_access(values, about),
    ]


def _of_age(values: AgeValues, now: datetime) -> list[Problem]:
    found = []
    if values.birth_year is not None and values.method not in ATTESTED:
        found.append(Problem("method", "Say how the school knows the year, or leave the year empty."))
    if values.birth_year is None and values.method in ATTESTED:
        found.append(Problem("birth_year", "Type the year, or choose “Not known”."))
    if values.adult and not turns(values.birth_year, ADULT_FROM, year_everywhere(now)):
        found.append(Problem("birth_year", "The school’s word that the student is 18 does not fit this year."))
    return found


def _of_limits(values: AgeValues, rows: Collection[ConsentRow], about: Circumstances, now: datetime) -> list[Problem]:
    required = limits_for(rows, about, now)
    alone = "Under 13 and without a parent’s verified consent this limit must stand (16 CFR 312.5)."
    words = dict.fromkeys(LIMITS, alone)
    if has_parental_consent(rows, about, now):
        words["no_third_party_sharing"] = (
            "Under 13 sharing needs a verified consent of its own (16 CFR 312.5(a)(2)). No parent has given it."
        )
    return [Problem(name, words[name]) for name in LIMITS if getattr(required, name) and not getattr(values, name)]


def _of_deletion(values: AgeValues, about: Circumstances, most: int) -> list[Problem]:
    found = []
    if values.delete_after_days is not None and not 1 <= values.delete_after_days <= most:
        found.append(Problem("delete_after_days", f"Type a number from 1 to {most}, or leave it empty."))
    if about.under_13 and not values.auto_delete_enabled:
        found.append(
            Problem("auto_delete_enabled", "A child’s data may not stay without an end (16 CFR 312.10). Keep this on.")
        )
    return found


def _of_access(values: AgeValues, about: Circumstances) -> list[Problem]:
    if about.adult and values.parent_access_enabled:
        words = "At 18 these rights are the student’s (34 CFR 99.5). Switch this off."
        return [Problem("parent_access_enabled", words)]
    return []


def consequences(
    before: AgeValues, after: AgeValues, old: Circumstances, new: Circumstances, around: Around
) -> list[str]:
    """Return in words what follows from a change, the weightiest first; empty where nothing changes."""
    return [*_of_rights(old, new, around), *_of_turning(old, new), *_of_columns(before, after, new)]


def _of_rights(old: Circumstances, new: Circumstances, around: Around) -> list[str]:
    if new.adult and not old.adult:
        asked = (
            "The student is asked for their own consent at the e-mail address in the roster."
            if around.has_address
            else "The student has no e-mail address in the roster, so nobody is asked yet."
        )
        counted = [
            (around.parents_consents, "consent", "of parents: suspended from now on"),
            (around.open_requests, "open request", "to parents: ended for this student"),
        ]
        return [
            "The rights pass to the student (34 CFR 99.5). The student is not recorded until they consent themselves.",
            *(f"{_count(number, what)} {words}." for number, what, words in counted if number),
            asked,
        ]
    if old.adult and not new.adult:
        return [
            "The rights go back to the parents: their consents count again, the student’s own answers do not.",
            "The link that was mailed to the student ends.",
            "Parents’ access stays off until you switch it on.",
        ]
    return []


def _of_turning(old: Circumstances, new: Circumstances) -> list[str]:
    if old.under_13 and not new.under_13:
        return [
            "The student counts as 13 or over. Nothing is switched on by that: limits stay as set below.",
            "Data gathered while the student was under 13 keep their rules.",
        ]
    if new.under_13 and not old.under_13:
        return [
            "The student counts as under 13: a parent must consent (16 CFR 312.5).",
            "Consents that were confirmed in a way that is not enough under 13 no longer count.",
        ]
    return []


_ON = {
    "data_collection_limited": "Collection is limited.",
    "no_behavioral_targeting": "Behavioral targeting is forbidden.",
    "no_third_party_sharing": "Sharing with third parties is forbidden.",
    "auto_delete_enabled": "Data are deleted by themselves when their time is over.",
    "parent_access_enabled": "Parents may see what is held.",
}
_OFF = {
    "data_collection_limited": "The limit on collection is lifted.",
    "no_behavioral_targeting": "The ban on behavioral targeting is lifted.",
    "no_third_party_sharing": "The ban on sharing with third parties is lifted.",
    "auto_delete_enabled": "Data are no longer deleted by themselves for this student.",
    "parent_access_enabled": "Parents no longer see what is held.",
}


def _of_columns(before: AgeValues, after: AgeValues, new: Circumstances) -> list[str]:
    found = []
    if (before.birth_year, before.method) != (after.birth_year, after.method):
        unknown = "No birth year is on record, so the student counts as under 13."
        found.append(f"The birth year on record is {after.birth_year}." if after.birth_year else unknown)
    for name, words in _ON.items():
        if getattr(before, name) != getattr(after, name):
            found.append(words if getattr(after, name) else _OFF[name])
    if before.delete_after_days != after.delete_after_days:
        days = after.delete_after_days
        policies = "The school’s retention policies alone decide when data are deleted."
        found.append(f"Data are deleted after {_count(days, 'day')}." if days else policies)
    return found


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
