"""Settings of consent, reminders and recording (docs/consent.md, docs/gate.md)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from classwaves_admin.schools.setting_kinds import Kind
from classwaves_admin.schools.setting_shape import Group, Setting, at_most_portal, between, days_list, month_day
from classwaves_admin.schools.setting_tables.bounds import of_portal

__all__ = ["TABLE"]


def _last_day() -> str:
    day = settings.CONSENT_SCHOOL_YEAR_ENDS
    return f"{day[0]:02}-{day[1]:02}" if day else ""


def _manage_link() -> timedelta:
    return timedelta(hours=settings.CONSENT_MANAGE_HOURS)


def _link_length(value: timedelta) -> str:
    return "" if timedelta(hours=1) <= value <= timedelta(days=14) else "It has to be from 1 hour to 14 days."


def _days(key: str, name: str, label: str, words: str, *, most: int = 0) -> Setting:
    """Return a number of days whose default is a setting of the portal; without `most` that is the most too."""
    check = between(1, most) if most else at_most_portal(name)
    kind, default, group = Kind.INT, of_portal(name), Group.CONSENT
    return Setting(key, kind, default, label, words, group, private=True, check=check, unit="days")


def _reminders(key: str, name: str, label: str, words: str) -> Setting:
    default, group = of_portal(name), Group.REMINDERS
    return Setting(key, Kind.LIST, default, label, words, group, check=days_list, unit="days")


TABLE = (
    _days(
        "consent.invitation_days",
        "CONSENT_INVITATION_DAYS",
        "Days to answer a request",
        "A guardian’s link ends after so many days; without an answer their address is then deleted (16 CFR 312.5(c)).",
        most=90,
    ),
    _days(
        "consent.verification_days",
        "CONSENT_VERIFICATION_DAYS",
        "Days to confirm an answer",
        "How long the link and code of the second step work.",
        most=30,
    ),
    _days(
        "consent.valid_days",
        "CONSENT_VALID_DAYS",
        "Days that a consent lasts",
        "A consent ends after so many days, and guardians are asked again before.",
        most=730,
    ),
    Setting(
        "consent.school_year_ends",
        Kind.STRING,
        _last_day,
        "Last day of the school year",
        "Month and day, such as 06-12: consents end with it, never later than their days. Empty: by days alone.",
        Group.CONSENT,
        private=True,
        check=month_day,
    ),
    Setting(
        "consent.manage_link",
        Kind.DURATION,
        _manage_link,
        "How long a guardian’s own link works",
        "The link with which a guardian sees, changes and takes back answers.",
        Group.CONSENT,
        private=True,
        check=_link_length,
        unit="hours",
    ),
    _days(
        "consent.deletion_days",
        "CONSENT_DELETION_DAYS",
        "Days to delete what a guardian asked to delete",
        "Counted from the day on which consent was taken back (16 CFR 312.6).",
    ),
    _days(
        "consent.paper_days",
        "CONSENT_PAPER_DAYS",
        "Days that a printed form can be entered",
        "After so many days the code of a printed form opens nothing.",
        most=366,
    ),
    _reminders(
        "reminders.answer_days",
        "CONSENT_REMINDER_DAYS",
        "Reminders to answer",
        "Days after the first mail on which a guardian without an answer is reminded. Empty: never.",
    ),
    _reminders(
        "reminders.confirm_days",
        "CONSENT_CONFIRM_REMINDER_DAYS",
        "Reminders to confirm",
        "Days after an answer whose second step is missing. Empty: never.",
    ),
    _reminders(
        "reminders.expiry_days",
        "CONSENT_EXPIRY_REMINDER_DAYS",
        "Reminders before a consent ends",
        "Days before the end: on the longest a guardian is asked again, on the others reminded of it. Empty: never.",
    ),
    Setting(
        "reminders.hour",
        Kind.INT,
        of_portal("CONSENT_REMINDER_HOUR"),
        "Earliest hour of a reminder",
        "No reminder goes before this hour of the school’s day: 8 is 8 o’clock.",
        Group.REMINDERS,
        check=between(0, 20),
        unit="o’clock",
    ),
    Setting(
        "consent.internal_operations_only",
        Kind.BOOL,
        of_portal("CONSENT_INTERNAL_OPERATIONS_ONLY"),
        "Data serve the school’s own operations only",
        "Only then is e-mail with a second step enough for a parent’s consent (16 CFR 312.5(b)(2)(viii)). "
        "The school signs it with its COPPA statement: sign again after a change.",
        Group.GATE,
        private=True,
    ),
    Setting(
        "gate.strict_audio",
        Kind.BOOL,
        of_portal("CONSENT_STRICT_AUDIO"),
        "Each parent’s own yes is needed to record a child under 13",
        "Off: the school’s authorisation counts beside such a yes, never in its place.",
        Group.GATE,
        private=True,
    ),
)
