"""What the pages and actions of settings read: every row as it stands, what counts of it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.lib import keyset
from classwaves_admin.lib.digest import canonical_json, sha256_hex
from classwaves_admin.schools.models import DistrictSetting, SettingChange, WrittenSetting
from classwaves_admin.schools.queries import schools_of_district
from classwaves_admin.schools.setting_kinds import NotOfKind
from classwaves_admin.schools.settings_registry import SETTINGS, Setting
from classwaves_admin.schools.values import OfDistrict, Stored, Value, in_force, set_by_district, stored_by
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import SchoolSetting

__all__ = [
    "DistrictState",
    "Effect",
    "Fault",
    "Line",
    "Sheet",
    "effect_of",
    "history_of_district",
    "history_of_school",
    "print_of",
    "sheet_of",
    "state_of_district",
    "together",
]

PAGE_SIZE = 50
# No school has a tenth of it; a table that another service has flooded must not fill the memory.
MOST_ROWS = 2_000


class Fault(StrEnum):
    """What is wrong with the rows of one key."""

    UNREADABLE = "unreadable"
    TYPE = "type"
    DOUBLED = "doubled"
    OF_DISTRICT = "of_district"


@dataclass(frozen=True, slots=True)
class Line:
    """One key at one school: the rows of the catalog, the newest last, and what counts.

    `text` is the school's own value as it stands, None where it has none; `at` is when it was written.
    """

    setting: Setting
    rows: tuple[SchoolSetting, ...]
    text: str | None
    at: datetime | None
    of_district: OfDistrict | None
    value: Value
    faults: tuple[Fault, ...]

    @property
    def print(self) -> str:
        """Return the print of what a person sees of the key, by which a change of somebody else is noticed."""
        return print_of(self.text, self.of_district)

    @property
    def is_editable(self) -> bool:
        """Tell whether the row and the district let the school change it."""
        return not self.value.locked and not any(row.is_editable is False for row in self.rows)

    @property
    def inherited(self) -> Value:
        """Return what holds where the school has no value of its own."""
        return in_force(self.setting, None, self.of_district)


@dataclass(frozen=True, slots=True)
class DistrictState:
    """What a district has set for one key. `text` is empty (None) where it has set nothing."""

    setting: Setting
    text: str | None
    locked: bool
    value: Value

    @property
    def print(self) -> str:
        """Return the print of what a person sees of the key."""
        return print_of(None, None if self.text is None else OfDistrict(self.text, self.locked))


@dataclass(frozen=True, slots=True)
class Effect:
    """What a district's change does: in which schools another value holds, and what becomes of their own values.

    `overruled` are schools whose own value a lock covers; `own` are those whose own value goes on.
    """

    schools: tuple[str, ...]
    changed: tuple[str, ...]
    overruled: tuple[str, ...]
    own: tuple[str, ...]


def print_of(text: str | None, of_district: OfDistrict | None) -> str:
    """Return a short print of a school's own text and what its district has set."""
    return sha256_hex(canonical_json([text, of_district]))[:16]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every setting of one school: a line for each registered key, and the rows of keys that the portal does not know.

    `district_id` is empty where the school has none.
    """

    district_id: str
    lines: Mapping[str, Line]
    unknown: tuple[SchoolSetting, ...]

    @property
    def faulty(self) -> list[Line]:
        """Return the lines with a fault."""
        return [line for line in self.lines.values() if line.faults]


def sheet_of(school_id: str) -> Sheet:
    """Return the settings of a school as the catalog and the portal have them now: one warehouse query, two in a flood.

    Nothing is remembered here: what is written next rests on it.
    """
    with system_scope(reason="settings are no personal data"):
        rows = _rows_of(school_id)
        written = {one.key: one for one in WrittenSetting.objects.filter(school_id=school_id)}
        district = _line(
            SETTINGS[DISTRICT_KEY], rows.get(DISTRICT_KEY, []), written.get(DISTRICT_KEY), None
        ).value.value
        own = {one.key: OfDistrict(one.value, one.locked) for one in _of_district(district)} if district else {}
    lines = {
        key: _line(setting, rows.get(key, []), written.get(key), own.get(key) if setting.of_district else None)
        for key, setting in SETTINGS.items()
    }
    unknown = [row for key in sorted(rows) if key not in SETTINGS for row in rows[key]]
    return Sheet(district, lines, tuple(unknown))


def _rows_of(school_id: str) -> dict[str, list[SchoolSetting]]:
    """Return a school's rows by key, oldest first: every row of a registered key, and the newest of the others.

    The newest of a key counts, so a flood never cuts it off: only then the registered ones are asked for by themselves.
    """
    rows = SchoolSetting.objects.filter(school_id=school_id).order_by("-updated_at", "-id")
    newest = list(rows[:MOST_ROWS])
    if len(newest) == MOST_ROWS:
        unknown = [row for row in newest if row.setting_key not in SETTINGS]
        newest = [*rows.filter(setting_key__in=list(SETTINGS)), *unknown]
    found: dict[str, list[SchoolSetting]] = {}
    for row in reversed(newest):
        found.setdefault(row.setting_key, []).append(row)
    return found


def state_of_district(district_id: str) -> dict[str, DistrictState]:
    """Return what a district has set for each key that it can set. No warehouse query."""
    with system_scope(reason="what a district has set binds its schools"):
        rows = {one.key: one for one in _of_district(district_id)}
    return {key: _state(setting, rows.get(key)) for key, setting in SETTINGS.items() if setting.of_district}


def effect_of(district_id: str, key: str, text: str | None, *, locked: bool) -> Effect:
    """Return what it would do to set a text for a key in a district, or to take it away. Two warehouse queries."""
    setting, schools = SETTINGS[key], schools_of_district(district_id)
    before = set_by_district([district_id]).get(district_id, {}).get(key)
    after = None if text is None else OfDistrict(text, locked)
    changed: list[str] = []
    overruled: list[str] = []
    own: list[str] = []
    for school_id, stored in stored_by(schools).items():
        mine = stored.get(key)
        now, then = in_force(setting, mine, before), in_force(setting, mine, after)
        if now.value != then.value:
            changed.append(school_id)
        if _is_readable(setting, mine):
            (overruled if then.locked else own).append(school_id)
    return Effect(tuple(schools), tuple(changed), tuple(overruled), tuple(own))


def together(stored: Mapping[str, Stored], of_district: Mapping[str, OfDistrict], **instead: Any) -> dict[str, Any]:
    """Return the values in force of all keys at one school, from what it and its district have set."""
    return {
        key: in_force(setting, stored.get(key), of_district.get(key) if setting.of_district else None).value
        for key, setting in SETTINGS.items()
    } | instead


def history_of_school(school_id: str, cursor: str) -> keyset.Page[SettingChange]:
    """Return a page of the changes of a school, newest first. No warehouse query. Raises BadCursor."""
    rows = SettingChange.objects.filter(school_id=school_id)
    return keyset.page(rows, order=("-changed_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def history_of_district(district_id: str, cursor: str) -> keyset.Page[SettingChange]:
    """Return a page of the changes of a district, newest first. No warehouse query. Raises BadCursor."""
    with system_scope(reason="what a district has set binds its schools"):
        rows = SettingChange.objects.filter(district_id=district_id)
        return keyset.page(rows, order=("-changed_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def _of_district(district_id: str) -> Iterable[DistrictSetting]:
    return DistrictSetting.objects.filter(district_id=district_id)


def _line(
    setting: Setting, rows: list[SchoolSetting], written: WrittenSetting | None, of_district: OfDistrict | None
) -> Line:
    newest = rows[-1] if rows else None
    text, kind, at = (newest.setting_value, newest.setting_type, newest.updated_at) if newest else (None, None, None)
    if written is not None and written.counts_over(newest.updated_at if newest else None):
        text, kind, at = written.value, setting.kind.value, written.written_at
    own = None if text is None else Stored(text, kind)
    faults = []
    if own and not _is_readable(setting, own):
        faults.append(Fault.UNREADABLE if setting.takes(kind) else Fault.TYPE)
    if len(rows) > 1:
        faults.append(Fault.DOUBLED)
    if of_district and in_force(setting, None, of_district).unreadable:
        faults.append(Fault.OF_DISTRICT)
    return Line(setting, tuple(rows), text, at, of_district, in_force(setting, own, of_district), tuple(faults))


def _state(setting: Setting, row: DistrictSetting | None) -> DistrictState:
    of_district = OfDistrict(row.value, row.locked) if row else None
    text, locked = of_district or (None, False)
    return DistrictState(setting, text, locked, in_force(setting, None, of_district))


def _is_readable(setting: Setting, own: Stored | None) -> bool:
    if own is None or own.text is None or not setting.takes(own.setting_type):
        return False
    try:
        setting.read(own.text)
    except NotOfKind:
        return False
    return True
