"""Ages from a birth year alone, always on the side of the child."""

from __future__ import annotations

from datetime import datetime, timedelta

from consent.vocabulary import LabelledEnum

CHILD_UNTIL = 13  # 16 CFR 312.2
ADULT_FROM = 18  # 34 CFR 99.3, eligible student
# Nobody of this age is a student of a school: programs write 0, 1900 or 1970 where they know no date.
MOST_YEARS = 50

# Values of `coppa_compliance.age_verification_method` that show a birth year; a student's own word is none.
ATTESTED = frozenset({"sis_dob", "sis_birth_year", "grade_inference", "parent_attested", "school_attested"})

# The last place on earth to reach a new year is twelve hours behind UTC.
_LAST_TIME_ZONE = timedelta(hours=12)


class AgeGroup(LabelledEnum):
    """What a student's age means for the school. Each student is in exactly one."""

    UNKNOWN = "unknown", "Not known"
    UNDER_13 = "under_13", "Under 13"
    TEEN = "teen", "13 to 17"
    ADULT = "adult", "Adult"


def year_everywhere(now: datetime) -> int:
    """Return the year that has begun in every time zone, so that no child turns older too early."""
    return (now - _LAST_TIME_ZONE).year


def attested_year(birth_year: int | None, method: str | None) -> int | None:
    """Return the birth year where somebody other than the student stands for it, else None: not known."""
    return birth_year if method in ATTESTED else None


def is_plausible(birth_year: int | None, this_year: int) -> bool:
    """Tell whether a student can be born in that year: not in one to come, and not MOST_YEARS ago or more."""
    return birth_year is not None and 0 <= this_year - birth_year < MOST_YEARS


def is_under_13(birth_year: int | None, this_year: int) -> bool:
    """Tell whether the child must be treated as under 13 (16 CFR 312.2).

    Only the year is known: it is certain only after 31 December of the 13th year. Unknown, or a
    year in which no student is born, counts as under 13.
    """
    return birth_year is None or not CHILD_UNTIL < this_year - birth_year < MOST_YEARS


def is_adult(birth_year: int | None, this_year: int, *, school_says_so: bool = False) -> bool:
    """Tell whether the rights have passed to the student at 18 (34 CFR 99.5).

    Certain from the year after the 18th birthday; in the year itself the school's word decides.
    """
    if birth_year is None:
        return False
    years = this_year - birth_year
    return ADULT_FROM < years < MOST_YEARS or (years == ADULT_FROM and school_says_so)


def turns(birth_year: int | None, years: int, this_year: int) -> bool:
    """Tell whether the student has or had the birthday of so many `years` in this year."""
    return birth_year is not None and this_year - birth_year == years


def age_group(birth_year: int | None, this_year: int, *, school_says_so: bool = False) -> AgeGroup:
    """Return the student's group; the birth year is one that somebody stands for (`attested_year`)."""
    if not is_plausible(birth_year, this_year):
        return AgeGroup.UNKNOWN
    if is_under_13(birth_year, this_year):
        return AgeGroup.UNDER_13
    return AgeGroup.ADULT if is_adult(birth_year, this_year, school_says_so=school_says_so) else AgeGroup.TEEN
