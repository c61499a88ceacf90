"""Ages from a birth year alone, always on the side of the child."""

from __future__ import annotations

from datetime import datetime, timedelta

CHILD_UNTIL = 13  # 16 CFR 312.2
ADULT_FROM = 18  # 34 CFR 99.3, eligible student

# Values of `coppa_compliance.age_verification_method` that show a birth year; a student's own word is none.
ATTESTED = frozenset({"sis_dob", "sis_birth_year", "grade_inference", "parent_attested", "school_attested"})

# The last place on earth to reach a new year is twelve hours behind UTC.
_LAST_TIME_ZONE = timedelta(hours=12)


def year_everywhere(now: datetime) -> int:
    """Return the year that has begun in every time zone, so that no child turns older too early."""
    return (now - _LAST_TIME_ZONE).year


def attested_year(birth_year: int | None, method: str | None) -> int | None:
    """Return the birth year where somebody other than the student stands for it, else None: not known."""
    return birth_year if method in ATTESTED else None


def is_under_13(birth_year: int | None, this_year: int) -> bool:
    """Tell whether the child must be treated as under 13 (16 CFR 312.2).

    Only the year is known: it is certain only after 31 December of the 13th year. Unknown, or a
    year that has not come yet, counts as under 13.
    """
    return birth_year is None or this_year - birth_year <= CHILD_UNTIL


def is_adult(birth_year: int | None, this_year: int, *, school_says_so: bool = False) -> bool:
    """Tell whether the rights have passed to the student at 18 (34 CFR 99.5).

    Certain from the year after the 18th birthday; in the year itself the school's word decides.
    """
    if birth_year is None:
        return False
    years = this_year - birth_year
    return years > ADULT_FROM or (years == ADULT_FROM and school_says_so)
