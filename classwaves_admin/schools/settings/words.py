"""Words for settings on pages: values, origins, faults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from classwaves_admin.schools.setting_kinds import Kind, NotOfKind
from classwaves_admin.schools.setting_tables.bounds import hours
from classwaves_admin.schools.settings.queries import Fault
from classwaves_admin.schools.settings_registry import SETTINGS, Setting
from classwaves_admin.schools.values import Origin

__all__ = ["fault_words", "origin_words", "shortened", "stored_words", "value_words"]

# A stored text of another service is shown by its beginning.
SHOWN = 120
_ORIGINS: Mapping[Origin, str] = {
    Origin.PORTAL: "The portal",
    Origin.DISTRICT: "The district",
    Origin.SCHOOL: "The school",
}
_FAULTS: Mapping[Fault, str] = {
    Fault.UNREADABLE: "The stored value cannot be read, so it does not count.",
    Fault.TYPE: "The row says that it is of another type, so it does not count.",
    Fault.DOUBLED: "Several rows have this key. The newest counts.",
    Fault.OF_DISTRICT: "What the district has set cannot be read, so it does not count.",
}


def origin_words(origin: Origin) -> str:
    """Return who says what holds."""
    return _ORIGINS[origin]


def fault_words(fault: Fault) -> str:
    """Return what is wrong with the rows of a key, and what counts."""
    return _FAULTS[fault]


def value_words(setting: Setting, value: Any) -> str:
    """Return a value as people read it."""
    if setting.kind is Kind.BOOL:
        return "Yes" if value else "No"
    if isinstance(value, timedelta):
        return hours(value)
    if setting.kind is Kind.JSON:
        return "Set" if value else "None"
    if isinstance(value, tuple | list):
        named = [str((setting.choices or {}).get(str(one), one)) for one in value]
        return _with_unit(setting, ", ".join(named)) if named else "None"
    if value == "":
        return "None"
    return _with_unit(setting, str((setting.choices or {}).get(str(value), value)))


def stored_words(key: str, text: str | None) -> str:
    """Return a stored text of a key as people read it, whoever wrote it; nothing where there is none."""
    if text is None:
        return ""
    setting = SETTINGS.get(key)
    try:
        return value_words(setting, setting.read(text)) if setting else shortened(text)
    except NotOfKind:
        return shortened(text)


def shortened(text: str | None) -> str:
    """Return the beginning of a text that may be of any length."""
    return text if text and len(text) <= SHOWN else f"{(text or '')[:SHOWN]}…" if text else ""


def _with_unit(setting: Setting, words: str) -> str:
    return f"{words} {setting.unit}".strip()
