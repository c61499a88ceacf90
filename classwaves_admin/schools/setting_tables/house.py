"""Settings of the school itself: place, languages, look, sign-in, mail."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.schools.setting_kinds import Kind
from classwaves_admin.schools.setting_shape import NOBODY, OWN_PEOPLE, Group, Setting
from classwaves_admin.schools.setting_tables import bounds
from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE, TIME_ZONE_KEY

__all__ = ["TABLE"]

_LANGUAGES = dict(settings.LANGUAGES)


def _session_length() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


TABLE = (
    Setting(
        DISTRICT_KEY,
        Kind.STRING,
        str,
        "District",
        "The district that the school belongs to. The district’s page sets it.",
        Group.SCHOOL,
        editors=NOBODY,
        of_district=False,
        exact=True,
    ),
    Setting(
        TIME_ZONE_KEY,
        Kind.STRING,
        lambda: DEFAULT_TIME_ZONE.key,
        "Time zone",
        "Dates are shown in it, and days are counted by it.",
        Group.SCHOOL,
        check=bounds.time_zone,
    ),
    Setting(
        "languages.offered",
        Kind.LIST,
        lambda: tuple(_LANGUAGES),
        "Languages that guardians can choose",
        "On their pages and for their mails. English is always one of them.",
        Group.LANGUAGES,
        choices=_LANGUAGES,
    ),
    Setting(
        "languages.default",
        Kind.ENUM,
        lambda: settings.LANGUAGE_CODE,
        "Language of a guardian whose language is not known",
        "The first mail and the first page are in it; the guardian can change it.",
        Group.LANGUAGES,
        choices=_LANGUAGES,
    ),
    Setting(
        "branding.color",
        Kind.STRING,
        str,
        "Color",
        "Of the line at the top and of buttons on guardians’ pages and in mails. White text has to be readable on it.",
        Group.BRANDING,
        check=bounds.colour,
    ),
    Setting(
        "branding.logo",
        Kind.JSON,
        dict,
        "Logo",
        "At the top of guardians’ pages.",
        Group.BRANDING,
        of_district=False,
        check=bounds.logo,
    ),
    Setting(
        "sign_in.second_factor",
        Kind.BOOL,
        bounds.of_portal("STAFF_MFA_REQUIRED"),
        "A second factor is required",
        "Whoever works for the school adds one at the next page. What the portal demands no school can lower.",
        Group.SIGN_IN,
        private=True,
    ),
    Setting(
        "sign_in.session_length",
        Kind.DURATION,
        _session_length,
        "How long a sign-in lasts",
        "After this time a person signs in again, at work or not.",
        Group.SIGN_IN,
        private=True,
        check=bounds.session_length,
        unit="minutes",
    ),
    Setting(
        "sign_in.domains",
        Kind.LIST,
        tuple,
        "Mail domains that may sign in",
        "Only addresses of these domains work for the school. Empty: every address that the school’s staff list names.",
        Group.SIGN_IN,
        private=True,
        check=bounds.domains,
    ),
    Setting(
        "mail.sender_name",
        Kind.STRING,
        str,
        "Name of the sender",
        "What guardians read as the sender of mails. Empty: the portal’s.",
        Group.MAIL,
        editors=OWN_PEOPLE,
        personal=True,
        check=bounds.one_line,
    ),
    Setting(
        "mail.reply_to",
        Kind.EMAIL,
        str,
        "Address for replies",
        "Where an answer to a mail goes. Empty: the portal’s.",
        Group.MAIL,
        editors=OWN_PEOPLE,
        personal=True,
    ),
)
