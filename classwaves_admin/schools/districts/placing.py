"""In which district a school is: the row of `admin.school_settings` that says so, and which settings hang on it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.schools.models import WrittenSetting
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.schools.settings_registry import SETTINGS
from classwaves_admin.schools.values import forget_school, in_force, set_by_district, stored_by
from classwaves_admin.warehouse.models import SchoolSetting
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.holding import hold

__all__ = ["district_now", "place", "settings_that_change"]


def district_now(school_id: str) -> str:
    """Return the district of a school as it stands now, empty for none: one warehouse query, nothing remembered."""
    forget_school(school_id)
    return districts_of([school_id])[school_id]


def settings_that_change(school_id: str, district_id: str) -> list[str]:
    """Return the labels of the settings that would hold another value in that district (empty for none).

    At most one warehouse query, none for what is remembered.
    """
    own, home = stored_by([school_id])[school_id], districts_of([school_id])[school_id]
    sets = set_by_district({one for one in (home, district_id) if one})
    found = []
    for key, setting in SETTINGS.items():
        if key == DISTRICT_KEY or not setting.of_district:
            continue
        now, then = (in_force(setting, own.get(key), sets.get(one, {}).get(key)) for one in (home, district_id))
        if (now.value, now.locked) != (then.value, then.locked):
            found.append(setting.label)
    return found


def place(school_id: str, district_id: str, *, now: datetime) -> None:
    """Write in which district a school is; empty for none. One row says so afterwards, whatever was there.

    Call it inside a transaction. Raises OnItsWay.
    """
    rows = SchoolSetting.objects.filter(school_id=school_id, setting_key=DISTRICT_KEY).order_by("-updated_at", "-id")
    found = list(rows)
    for row in found:
        hold(SchoolSetting, row.pk)
    kept = found[0] if found and district_id else None
    for row in found:
        if row is not kept:
            gateway.delete(SchoolSetting, row.pk)
    if kept:
        gateway.update(SchoolSetting, kept.pk, setting_value=district_id, setting_type="string", updated_at=now)
    elif district_id:
        kept = _row(school_id, district_id, now)
        gateway.insert(kept)
    WrittenSetting.objects.update_or_create(
        school_id=school_id,
        key=DISTRICT_KEY,
        defaults={
            "row_id": kept.pk if kept else "",
            "value": district_id or None,
            "written_at": now,
            "over_at": found[0].updated_at if found else None,
        },
    )
    transaction.on_commit(lambda: forget_school(school_id))


def _row(school_id: str, district_id: str, now: datetime) -> SchoolSetting:
    return SchoolSetting(
        school_id=school_id,
        setting_key=DISTRICT_KEY,
        setting_value=district_id,
        setting_type="string",
        description="The district of the school",
        is_editable=False,
        created_at=now,
        updated_at=now,
    )
