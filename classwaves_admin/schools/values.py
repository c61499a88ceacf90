"""What holds at a school: its own value, else its district's, else the portal's default, and where it comes from.

    value(school_id, "reminders.hour").value
    values(school_ids, "gate.strict_audio")[school_id]

The schools' rows are remembered for ten minutes and forgotten at a change; what districts set and what the portal
wrote last is asked again after half a minute, so that a change counts in every process soon.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.core.cache import cache

from classwaves_admin.accounts.directory import DISTRICT_KEY, district_named
from classwaves_admin.schools.models import DistrictSetting, WrittenSetting, is_last_word
from classwaves_admin.schools.setting_kinds import NotOfKind
from classwaves_admin.schools.settings_registry import SETTINGS, Setting
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import SchoolSetting

__all__ = [
    "OfDistrict",
    "Origin",
    "Stored",
    "Value",
    "forget_district",
    "forget_school",
    "in_force",
    "set_by_district",
    "stored_by",
    "value",
    "values",
]

# Seconds for which rows of the catalog, and those of the portal's own database, are remembered.
REMEMBERED = 600
REMEMBERED_BRIEFLY = 30
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Origin(StrEnum):
    """Where the value in force comes from."""

    PORTAL = "portal"
    DISTRICT = "district"
    SCHOOL = "school"


class Stored(NamedTuple):
    """A school's own value as it stands: in the newest row of the catalog, or as the portal wrote it last."""

    text: str | None
    setting_type: str | None


class OfDistrict(NamedTuple):
    """What a district has set for its schools."""

    text: str
    locked: bool


@dataclass(frozen=True, slots=True)
class Value:
    """The value in force. `unreadable`: a stored value is none of its kind, so the next origin counts."""

    value: Any
    origin: Origin
    locked: bool = False
    unreadable: bool = False


def value(school_id: str, key: str) -> Value:
    """Return what holds at a school for a registered key. Raises KeyError for another key."""
    return values([school_id], key)[school_id]


def values(school_ids: Iterable[str], key: str) -> dict[str, Value]:
    """Return what holds at each school. At most one warehouse query, none for what is remembered.

    Settings are no personal data, so the scope of the person who looks does not matter.
    """
    setting = SETTINGS[key]
    places = {one: _place(key, one) for one in school_ids}
    found = _remembered(places, lambda missing: _resolved(setting, missing), REMEMBERED_BRIEFLY)
    return {one: replace(held, value=setting.default()) if held.value is None else held for one, held in found.items()}


def _place(key: str, school_id: str) -> str:
    return f"school-setting:{key}:{school_id}"


def _resolved(setting: Setting, school_ids: Collection[str]) -> dict[str, Value]:
    """Return what holds at each school; without a value where the portal's default does, which is asked each time."""
    key, stored = setting.key, stored_by(school_ids)
    districts = {school_id: _district_in(rows) for school_id, rows in stored.items()} if setting.of_district else {}
    of_districts = set_by_district({one for one in districts.values() if one})
    found = {
        school_id: in_force(setting, rows.get(key), of_districts.get(districts.get(school_id, ""), {}).get(key))
        for school_id, rows in stored.items()
    }
    return {one: replace(held, value=None) if held.origin is Origin.PORTAL else held for one, held in found.items()}


def in_force(setting: Setting, own: Stored | None, of_district: OfDistrict | None) -> Value:
    """Return what holds, from what the school and its district have set. Pure but for the portal's default."""
    unreadable = False
    district = school = None
    if of_district is not None:
        try:
            district = Value(setting.read(of_district.text), Origin.DISTRICT, of_district.locked)
        except NotOfKind:
            unreadable = True
    if own is not None and own.text is not None:
        try:
            school = Value(_own(setting, own), Origin.SCHOOL)
        except NotOfKind:
            unreadable = True
    if district is not None and district.locked:
        ruling = district
    else:
        ruling = school or district or Value(setting.default(), Origin.PORTAL)
    return Value(ruling.value, ruling.origin, ruling.locked, unreadable)


def stored_by(school_ids: Collection[str]) -> dict[str, dict[str, Stored]]:
    """Return the own values of each school by key, readable or not. At most one warehouse query."""
    rows = _remembered({one: f"school-settings:{one}" for one in school_ids}, _rows_of, REMEMBERED)
    written = _remembered({one: f"school-words:{one}" for one in school_ids}, _written_of, REMEMBERED_BRIEFLY)
    return {one: _together(rows[one], written[one]) for one in school_ids}


def set_by_district(district_ids: Collection[str]) -> dict[str, dict[str, OfDistrict]]:
    """Return what each district has set, by key. No warehouse query."""
    places = {one: f"district-settings:{one}" for one in district_ids}
    return _remembered(places, _set_by_districts, REMEMBERED_BRIEFLY)


def forget_school(school_id: str) -> None:
    """Ask anew at the next page, after rows of `admin.school_settings` of the school were changed."""
    places = [_place(key, school_id) for key in SETTINGS]
    cache.delete_many([f"school-settings:{school_id}", f"school-words:{school_id}", *places])


def forget_district(district_id: str) -> None:
    """Ask anew at the next page, after the district changed a setting."""
    cache.delete(f"district-settings:{district_id}")


_Rows = dict[str, tuple[Stored, datetime]]
# What the portal wrote last, when, and the time of the row that it took the place of.
_Written = dict[str, tuple[Stored, datetime, datetime | None]]


def _district_in(stored: Mapping[str, Stored]) -> str:
    return district_named(stored[DISTRICT_KEY].text) if DISTRICT_KEY in stored else ""


def _own(setting: Setting, own: Stored) -> Any:
    """Return the value of a school. Raises NotOfKind where the row names another kind, too."""
    if not setting.takes(own.setting_type):
        raise NotOfKind("the row says that it is of another kind")
    return setting.read(own.text)


def _together(rows: _Rows, written: _Written) -> dict[str, Stored]:
    """Return the newer of both, by key: what another service wrote after the portal counts."""
    found = {key: one for key, (one, _) in rows.items()}
    for key, (one, at, over_at) in written.items():
        if is_last_word(at, over_at, rows[key][1] if key in rows else None):
            found[key] = one
    return found


def _remembered(places: Mapping[str, str], ask: Any, seconds: int) -> dict[str, Any]:
    """Return what is kept for each id, and ask for the rest at once."""
    kept = cache.get_many(places.values())
    found = {one: kept[place] for one, place in places.items() if place in kept}
    missing = sorted(set(places) - set(found))
    if missing:
        asked = ask(missing)
        cache.set_many({places[one]: asked.get(one, {}) for one in missing}, seconds)
        found |= {one: asked.get(one, {}) for one in missing}
    return found


def _rows_of(school_ids: list[str]) -> dict[str, _Rows]:
    """Return the newest row of each key: the catalog has no unique keys."""
    found: dict[str, _Rows] = {}
    with system_scope(reason="settings are no personal data"):
        rows = SchoolSetting.objects.filter(setting_key__in=list(SETTINGS), school_id__in=school_ids)
        columns = ("school_id", "setting_key", "setting_value", "setting_type", "updated_at")
        for school_id, key, text, kind, at in rows.order_by("updated_at", "id").values_list(*columns):
            found.setdefault(school_id, {})[key] = (Stored(text, kind), at or _LONG_AGO)
    return found


def _written_of(school_ids: list[str]) -> dict[str, _Written]:
    found: dict[str, _Written] = {}
    with system_scope(reason="settings are no personal data"):
        for one in WrittenSetting.objects.filter(school_id__in=school_ids, key__in=list(SETTINGS)):
            stored = Stored(one.value, SETTINGS[one.key].kind.value)
            found.setdefault(one.school_id, {})[one.key] = (stored, one.written_at, one.over_at)
    return found


def _set_by_districts(district_ids: list[str]) -> dict[str, dict[str, OfDistrict]]:
    found: dict[str, dict[str, OfDistrict]] = {}
    with system_scope(reason="what a district has set binds its schools"):
        for one in DistrictSetting.objects.filter(district_id__in=district_ids):
            found.setdefault(one.district_id, {})[one.key] = OfDistrict(one.value, one.locked)
    return found
