"""One student's line in the register of ages: what is known, what must stand, what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from consent.rules.ages import (
    ADULT_FROM,
    CHILD_UNTIL,
    AgeGroup,
    age_group,
    attested_year,
    is_plausible,
    turns,
    year_everywhere,
)
from consent.rules.effective import Circumstances
from consent.rules.limits import LIMITS, Limits, has_parental_consent, limits_for
from consent.rules.status import ConsentRow
from consent.vocabulary import LabelledEnum


class Ages(LabelledEnum):
    """The ages that the register can be narrowed to. They overlap."""

    UNDER_13 = "under_13", "Under 13, unknown included"
    UNKNOWN = "unknown", "Age not known"
    TURNING_13 = "turning_13", "Turn 13 this year"
    TEEN = "teen", "13 to 17"
    TURNING_18 = "turning_18", "Turn 18 this year"
    ADULT = "adult", "Adult"


class Look(LabelledEnum):
    """What else the register can be narrowed to."""

    WITHOUT_CONSENT = "without_consent", "Under 13 without a parent’s consent"
    LIMITED = "limited", "Every limit stands"
    NOT_LIMITED = "not_limited", "A limit is lifted"
    DELETION = "deletion", "Deletion asked for"
    NOT_INVITED = "not_invited", "Adult, not asked yet"
    FAULTY = "faulty", "Record to mend"


class Fault(LabelledEnum):
    """What is wrong with what the catalog holds. The student is treated as the rules say all the same."""

    NO_RECORD = "no_record", "No age record"
    SEVERAL = "several", "More than one age record"
    IMPLAUSIBLE = "implausible", "No student is born in this year"
    UNATTESTED = "unattested", "Nobody stands for the birth year"
    STALE = "stale", "The record’s mark “under 13” is wrong"
    UNLIMITED = "unlimited", "A limit is missing"


class Recorded(Protocol):
    """The columns of `compliance.coppa_compliance` that decide. Other services may leave any of them out."""

    birth_year: int | None
    is_under_13: bool
    age_verification_method: str | None
    data_collection_limited: bool
    no_behavioral_targeting: bool
    no_third_party_sharing: bool
    deletion_requested_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgeLine:
    """Where one student stands. `limits` are those that stand on every record, `required` those that must."""

    group: AgeGroup
    turning: int | None
    consented: bool
    limits: Limits
    required: Limits
    faults: tuple[Fault, ...]
    deletion_asked: bool
    not_invited: bool

    @property
    def under_13(self) -> bool:
        """Tell whether the student is treated as under 13."""
        return self.group in {AgeGroup.UNDER_13, AgeGroup.UNKNOWN}

    @property
    def standing_limits(self) -> int:
        """Return how many of the three limits stand."""
        return sum(getattr(self.limits, name) for name in LIMITS)


def age_line(
    records: Sequence[Recorded],
    rows: Collection[ConsentRow],
    about: Circumstances,
    now: datetime,
    *,
    school_says_so: bool,
    not_invited: bool,
) -> AgeLine:
    """Return a student's line from the age records, the one that counts last, and the consents.

    Without a record the student is under 13 of unknown age, and no limit stands.
    """
    year = year_everywhere(now)
    counting = records[-1] if records else None
    born = attested_year(counting.birth_year, counting.age_verification_method) if counting else None
    required = limits_for(rows, about, now)
    limits = Limits(**{name: bool(records) and all(getattr(one, name) for one in records) for name in LIMITS})
    return AgeLine(
        group=age_group(born, year, school_says_so=school_says_so),
        turning=next((age for age in (CHILD_UNTIL, ADULT_FROM) if turns(born, age, year)), None),
        consented=has_parental_consent(rows, about, now),
        limits=limits,
        required=required,
        faults=tuple(_faults(records, about, limits, required, year)),
        deletion_asked=any(one.deletion_requested_at for one in records),
        not_invited=not_invited,
    )


def _faults(
    records: Sequence[Recorded], about: Circumstances, limits: Limits, required: Limits, year: int
) -> list[Fault]:
    if not records:
        return [Fault.NO_RECORD]
    counting, found = records[-1], []
    if len(records) > 1:
        found.append(Fault.SEVERAL)
    if counting.birth_year is not None:
        if not is_plausible(counting.birth_year, year):
            found.append(Fault.IMPLAUSIBLE)
        elif attested_year(counting.birth_year, counting.age_verification_method) is None:
            found.append(Fault.UNATTESTED)
    if any(one.is_under_13 is not about.under_13 for one in records):
        found.append(Fault.STALE)
    if any(getattr(required, name) and not getattr(limits, name) for name in LIMITS):
        found.append(Fault.UNLIMITED)
    return found


def fits(line: AgeLine, ages: Ages | None, look: Look | None) -> bool:
    """Tell whether a line belongs to what the register is narrowed to."""
    return (ages is None or _of_age(line, ages)) and (look is None or _looked_for(line, look))


def _of_age(line: AgeLine, ages: Ages) -> bool:
    return {
        Ages.UNDER_13: line.under_13,
        Ages.UNKNOWN: line.group is AgeGroup.UNKNOWN,
        Ages.TURNING_13: line.turning == CHILD_UNTIL,
        Ages.TEEN: line.group is AgeGroup.TEEN,
        Ages.TURNING_18: line.turning == ADULT_FROM,
        Ages.ADULT: line.group is AgeGroup.ADULT,
    }[ages]


def _looked_for(line: AgeLine, look: Look) -> bool:
    return {
        Look.WITHOUT_CONSENT: line.under_13 and not line.consented,
        Look.LIMITED: line.standing_limits == len(LIMITS),
        Look.NOT_LIMITED: line.standing_limits < len(LIMITS),
        Look.DELETION: line.deletion_asked,
        Look.NOT_INVITED: line.not_invited,
        Look.FAULTY: bool(line.faults),
    }[look]
