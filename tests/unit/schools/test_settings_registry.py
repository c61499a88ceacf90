"""The registry of settings."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from classwaves_admin.schools.setting_kinds import Kind, NotOfKind
from classwaves_admin.schools.setting_shape import DISTRICT, OWN_PEOPLE
from classwaves_admin.schools.settings_registry import SETTINGS, Setting

HANDBOOK = Path(settings.BASE_DIR) / "docs" / "settings.md"


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda one: one.key)
def test_each_default_is_a_value_of_its_setting(setting: Setting) -> None:
    """What the portal says where nobody else does can be stored, and read again."""
    default = setting.default()
    assert setting.read(setting.write(default)) == default
    assert setting.label
    assert setting.help.endswith((".", ")"))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("timezone", "Mars/Olympus"),
        ("consent.invitation_days", "0"),
        ("consent.deletion_days", "31"),
        ("consent.school_year_ends", "02-30"),
        ("consent.school_year_ends", "W23-1"),
        ("reminders.answer_days", "[21, 7]"),
        ("reminders.answer_days", "[true]"),
        ("reminders.hour", "23"),
        ("languages.offered", '["en", "tlh"]'),
        ("languages.default", "tlh"),
        ("branding.color", "red"),
        ("sign_in.session_length", "P1D"),
        ("sign_in.session_length", "PT1M"),
        ("sign_in.domains", '["school.example.org", "no domain"]'),
        ("mail.sender_name", "School <evil@example.org>"),
        ("mail.sender_name", "School\nBcc: all"),
    ],
)
def test_a_value_out_of_bounds_is_no_value(key: str, text: str) -> None:
    """What a law, the portal or a mail's header does not allow is refused, whoever wrote it."""
    with pytest.raises(NotOfKind):
        SETTINGS[key].read(text)


def test_defaults_are_those_of_the_portal() -> None:
    """Settings of the whole portal are the defaults, asked each time."""
    assert SETTINGS["gate.strict_audio"].default() is settings.CONSENT_STRICT_AUDIO
    assert SETTINGS["consent.manage_link"].default() == timedelta(hours=settings.CONSENT_MANAGE_HOURS)
    assert SETTINGS["gate.strict_audio"].kind is Kind.BOOL


def test_the_handbook_names_every_key() -> None:
    """docs/settings.md has a row for each: key, type, marks, label."""
    rows = re.findall(
        r"^\| `([a-z0-9_.]+)` \| (\w+) \| ([PDO ]*) \| (.+) \|$", HANDBOOK.read_text("utf-8"), re.MULTILINE
    )
    marks = {
        one.key: " ".join(
            mark
            for mark, on in (("P", one.private), ("D", one.editors == DISTRICT), ("O", one.editors == OWN_PEOPLE))
            if on
        )
        for one in SETTINGS.values()
    }
    assert rows == [(one.key, one.kind.value, marks[one.key], one.label) for one in SETTINGS.values()]


def test_a_privacy_key_is_marked() -> None:
    """What decides about consent, recording, deletion or sign-in needs a reason to change."""
    plain = {one.group for one in SETTINGS.values() if not one.private}
    assert all(one.private for one in SETTINGS.values() if one.group.value in {"gate", "sign_in"})
    assert {group.value for group in plain} >= {"school", "branding", "mail", "languages"}
