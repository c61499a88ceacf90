"""Changes settings of a school, and what a district sets for its schools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import Codes, record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.ids import new_id
from classwaves_admin.schools.models import DistrictSetting, SettingChange, SettingsHeld, WrittenSetting
from classwaves_admin.schools.setting_kinds import is_named
from classwaves_admin.schools.settings.queries import Effect, Line, effect_of, sheet_of, state_of_district, together
from classwaves_admin.schools.settings.rules import Editor, Problem, problems
from classwaves_admin.schools.settings_registry import SETTINGS, Setting
from classwaves_admin.schools.values import (
    OfDistrict,
    Origin,
    Value,
    forget_district,
    forget_school,
    in_force,
    set_by_district,
    stored_by,
)
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, SchoolSetting
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["CannotStand", "Meanwhile", "NotEditable", "ReasonNeeded", "change_settings", "set_for_district"]

# Of longer texts, and of keys that name a person or an address, the audit log says only that they changed.
MOST_TOLD = 200


class Meanwhile(Exception):
    """Somebody else changed what is to be changed since the person looked. Nothing is written."""


class NotEditable(Exception):
    """A key that the district has locked, that its row does not let anybody change, or that no district can set."""


class ReasonNeeded(Exception):
    """A key of privacy without a reason. Nothing is written."""


class CannotStand(Exception):
    """Values that contradict each other; `found` says how. Nothing is written."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__("values of settings contradict each other")
        self.found = tuple(found)


def change_settings(
    *,
    school_id: str,
    wanted: Mapping[str, Any],
    seen: Mapping[str, str],
    reason: str,
    editor: Editor,
    by: Actor,
    now: datetime,
) -> tuple[str, ...]:
    """Give a school own values: a value by key, or None to go back to what the district or the portal says.

    Returns the keys that changed. `seen` are the prints of what the person saw, by key. Raises Meanwhile,
    NotEditable, ReasonNeeded and CannotStand, with nothing written.
    """
    with transaction.atomic():
        _hold(f"school:{school_id}")
        lines = sheet_of(school_id).lines
        if any(seen.get(key) != lines[key].print for key in wanted):
            raise Meanwhile
        texts = {key: None if one is None else SETTINGS[key].write(one) for key, one in wanted.items()}
        changed = {key: text for key, text in texts.items() if text != lines[key].text or lines[key].faults}
        if any(not lines[key].is_editable for key in changed):
            raise NotEditable
        _ask_for_reason([SETTINGS[key] for key in changed], reason)
        after = {key: line.value.value for key, line in lines.items()}
        after |= {key: lines[key].inherited.value if wanted[key] is None else wanted[key] for key in changed}
        _refuse(problems(after, editor, frozenset(changed)))
        for key, text in changed.items():
            line = lines[key]
            _write(line, school_id, text, now)
            held = (line.value, line.inherited if text is None else Value(wanted[key], Origin.SCHOOL))
            _keep_change(line.setting, (line.text, text), held, school_id=school_id, reason=reason, by=by, now=now)
        _forget(school_id)
    return tuple(changed)


def set_for_district(
    *,
    district_id: str,
    key: str,
    value: Any,
    locked: bool,
    seen: str,
    reason: str,
    editor: Editor,
    by: Actor,
    now: datetime,
) -> Effect:
    """Set a value for all schools of a district, or take it away (None); a lock makes it hold whatever a school says.

    Returns what it did. No row of the catalog changes: a school's own value stays beneath a lock. Raises Meanwhile,
    ReasonNeeded and CannotStand, with nothing written; NotEditable for a key that is each school's own.
    """
    setting = SETTINGS[key]
    if not setting.of_district:
        raise NotEditable
    text, locked = (None, False) if value is None else (setting.write(value), locked)
    with system_scope(reason="a district's settings hold in its schools"), transaction.atomic():
        _hold(f"district:{district_id}")
        forget_district(district_id)
        before = state_of_district(district_id)[key]
        if before.print != seen:
            raise Meanwhile
        _ask_for_reason([setting], reason)
        effect = effect_of(district_id, key, text, locked=locked)
        _refuse(_problems_in(effect.changed, district_id, key, text, locked, editor))
        rows = DistrictSetting.objects.filter(district_id=district_id, key=key)
        if text is None:
            rows.delete()
        else:
            said = {"value": text, "locked": locked, "updated_at": now}
            DistrictSetting.objects.update_or_create(district_id=district_id, key=key, defaults=said)
        _keep_change(
            setting,
            (before.text, text),
            (before.value, in_force(setting, None, None if text is None else OfDistrict(text, locked))),
            district_id=district_id,
            locks=(before.locked, locked),
            schools=effect.changed,
            reason=reason,
            by=by,
            now=now,
        )
        forget_district(district_id)
        transaction.on_commit(lambda: forget_district(district_id))
        for school_id in effect.schools:
            _forget(school_id)
    return effect


def _hold(place: str) -> None:
    """Hold the settings of a school or district until the transaction ends: the next change sees this one."""
    SettingsHeld.objects.get_or_create(place=place)
    SettingsHeld.objects.select_for_update().get(place=place)


def _ask_for_reason(settings: Sequence[Setting], reason: str) -> None:
    if any(one.private for one in settings) and not reason.strip():
        raise ReasonNeeded


def _refuse(found: Sequence[Problem]) -> None:
    if found:
        raise CannotStand(found)


def _problems_in(
    schools: Sequence[str], district_id: str, key: str, text: str | None, locked: bool, editor: Editor
) -> list[Problem]:
    """Return what the district's value contradicts in any of the schools that it changes, each sentence once."""
    of_district = dict(set_by_district([district_id]).get(district_id, {}))
    of_district.pop(key, None)
    if text is not None:
        of_district[key] = OfDistrict(text, locked)
    stored = stored_by(schools)
    found = [
        one
        for school_id in schools
        for one in problems(together(stored[school_id], of_district), editor, frozenset({key}))
    ]
    return list(dict.fromkeys(found))


def _write(line: Line, school_id: str, text: str | None, now: datetime) -> None:
    """Write the one row of the catalog, or take away every row of the key, and note it as the portal's last word.

    Older rows go first: one that is dated into the future would else count again.
    """
    setting, newest = line.setting, line.rows[-1] if line.rows else None
    last = WrittenSetting.objects.filter(school_id=school_id, key=setting.key).first()
    row_id = newest.id if newest else last.row_id if last else new_id()
    if text is None:
        for row in line.rows or ([SchoolSetting(id=row_id)] if last else []):
            gateway.delete(SchoolSetting, row.id)
    else:
        for row in line.rows[:-1]:
            gateway.delete(SchoolSetting, row.id)
        named = newest is not None and is_named(setting.kind, newest.setting_type)
        gateway.insert(
            SchoolSetting(
                id=row_id,
                school_id=school_id,
                setting_key=setting.key,
                setting_value=text,
                setting_type=newest.setting_type if newest and named else setting.kind.value,
                description=(newest.description if newest else None) or setting.label,
                is_editable=True,
                created_at=newest.created_at if newest else now,
                updated_at=now,
            )
        )
    said = {"row_id": row_id, "value": text, "written_at": now, "over_at": newest.updated_at if newest else None}
    WrittenSetting.objects.update_or_create(school_id=school_id, key=setting.key, defaults=said)


def _keep_change(
    setting: Setting,
    texts: tuple[str | None, str | None],
    held: tuple[Value, Value],
    *,
    school_id: str = "",
    district_id: str = "",
    locks: tuple[bool, bool] = (False, False),
    schools: Sequence[str] = (),
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Keep the change with its reason, and audit it by codes alone: for a district in each school that it changes.

    `texts` are what was set before and after, `held` what counted.
    """
    before, after = texts
    change = SettingChange.objects.create(
        school_id=school_id,
        district_id=district_id,
        key=setting.key,
        before=before,
        after=after,
        held_before=setting.write(held[0].value),
        held_after=setting.write(held[1].value),
        origin_before=held[0].origin,
        origin_after=held[1].origin,
        locked_before=locks[0],
        locked_after=locks[1],
        reason=reason.strip(),
        changed_by=by.id,
        changed_at=now,
    )
    data: dict[str, Any] = {"key": setting.key, "change": change.id}
    if not setting.personal and max(len(before or ""), len(after or "")) <= MOST_TOLD:
        data |= {"before": before, "after": after}
    if district_id:
        data |= {"district": district_id, "locked": locks[1], "schools": len(schools)}
    told: Codes = data
    events: list[AuditLog] = []
    resource = ("setting", setting.key)
    concerned: Sequence[str | None] = schools or [school_id or None]
    for one in concerned:
        record("settings.changed", by=by, school_id=one, resource=resource, data=told, at=now, write=events.append)
    gateway.insert_all(events)


def _forget(school_id: str) -> None:
    forget_school(school_id)
    transaction.on_commit(lambda: forget_school(school_id))
