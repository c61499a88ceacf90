"""What may not be done with a child's data while nobody has consented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from consent.rules.effective import Circumstances, effective_all
from consent.rules.gate import is_parental_consent
from consent.rules.status import ConsentRow
from consent.vocabulary import ConsentType


@dataclass(frozen=True, slots=True)
class Limits:
    """The three limits of an age record; the names are the columns of `compliance.coppa_compliance`."""

    data_collection_limited: bool = False
    no_behavioral_targeting: bool = False
    no_third_party_sharing: bool = False


LIMITS = ("data_collection_limited", "no_behavioral_targeting", "no_third_party_sharing")
_JUDGED = (ConsentType.SERVICE, ConsentType.THIRD_PARTY)


def has_parental_consent(rows: Iterable[ConsentRow], about: Circumstances, now: datetime) -> bool:
    """Tell whether a parent's verified consent to taking part is in force (312.5)."""
    return is_parental_consent(effective_all(rows, about, now, _JUDGED)[ConsentType.SERVICE])


def limits_for(rows: Iterable[ConsentRow], about: Circumstances, now: datetime) -> Limits:
    """Return the limits that must stand for a student; more may stand, and staff alone lift one.

    Under 13 without a parent's verified consent nothing may be collected, targeted or shared (312.5(a)(1));
    with it, sharing needs a consent of its own (312.5(a)(2)). A school's authorisation is no parent's consent.
    From 13 on none is required, and none falls by itself.
    """
    if not about.under_13:
        return Limits()
    answers = effective_all(rows, about, now, _JUDGED)
    taking_part = is_parental_consent(answers[ConsentType.SERVICE])
    return Limits(
        data_collection_limited=not taking_part,
        no_behavioral_targeting=not taking_part,
        no_third_party_sharing=not (taking_part and is_parental_consent(answers[ConsentType.THIRD_PARTY])),
    )
