"""Settings of retention and of requests about data (docs/retention.md). How long data stay is decided by policies."""

from __future__ import annotations

from classwaves_admin.schools.setting_kinds import Kind
from classwaves_admin.schools.setting_shape import DISTRICT, Group, Setting, at_most_portal, between
from classwaves_admin.schools.setting_tables.bounds import of_portal

__all__ = ["TABLE"]


def _clock(key: str, name: str, label: str, words: str) -> Setting:
    """Return a number of days that the law bounds: a school may promise less, never more than the portal's."""
    default, check = of_portal(name), at_most_portal(name)
    return Setting(key, Kind.INT, default, label, words, Group.RETENTION, private=True, check=check, unit="days")


def _care(key: str, name: str, label: str, words: str, *, least: int, most: int, unit: str) -> Setting:
    """Return a number that guards a destruction: the district decides about it."""
    default, check, group = of_portal(name), between(least, most), Group.RETENTION
    return Setting(key, Kind.INT, default, label, words, group, editors=DISTRICT, private=True, check=check, unit=unit)


TABLE = (
    _clock(
        "retention.age_days_under_13",
        "CONSENT_DELETE_DAYS_UNDER_13",
        "Most days for data of a child under 13",
        "What an age record may say at most (16 CFR 312.10).",
    ),
    _clock(
        "retention.age_days",
        "CONSENT_DELETE_DAYS",
        "Most days for data of a student from 13 on",
        "What an age record may say at most (16 CFR 312.10).",
    ),
    _care(
        "retention.second_person_rows",
        "RETENTION_SECOND_PERSON_ROWS",
        "Rows from which a second administrator confirms",
        "A change or run that would delete more rows than this needs another administrator.",
        least=0,
        most=1_000_000,
        unit="rows",
    ),
    _care(
        "retention.night_most_rows",
        "RETENTION_NIGHT_MOST_ROWS",
        "Most rows of a run by night",
        "A run of the night that would take more rows waits for a person.",
        least=0,
        most=10_000_000,
        unit="rows",
    ),
    _care(
        "retention.hold_release_days",
        "RETENTION_HOLD_RELEASE_DAYS",
        "Days for second thoughts before a legal hold is released",
        "Between asking for the release and the release by another person.",
        least=0,
        most=90,
        unit="days",
    ),
    _clock(
        "requests.days_coppa",
        "REQUEST_DAYS_COPPA",
        "Days to delete or to stop, under 13",
        "A request about a student under 13 (16 CFR 312.6).",
    ),
    _clock(
        "requests.days_ferpa",
        "REQUEST_DAYS_FERPA",
        "Days to show a record or decide a correction",
        "34 CFR 99.10(b); of all clocks that apply the earliest counts.",
    ),
    _clock(
        "requests.school_days_california",
        "REQUEST_SCHOOL_DAYS_CALIFORNIA",
        "School days to show a record in California",
        "Education Code 49069.7. Counts in schools of California.",
    ),
    _clock(
        "requests.days_illinois",
        "REQUEST_DAYS_ILLINOIS",
        "Days to answer in Illinois",
        "SOPPA, 105 ILCS 85/33. Counts in schools of Illinois.",
    ),
    _clock(
        "requests.days_new_york",
        "REQUEST_DAYS_NEW_YORK",
        "Days to answer in New York",
        "8 NYCRR 121.12. Counts in schools of New York.",
    ),
)
