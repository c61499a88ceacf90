"""What pages ask about schools: names come with the request, time zone and district from the school's settings."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.core.cache import cache

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.schools.time_zones import TIME_ZONE_KEY, zone_named
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import SchoolSetting

__all__ = ["districts_of", "forget_time_zone", "schools_of_district", "time_zone", "time_zones"]

# A school moves to another time zone or district about never; after this many seconds the catalog is asked again.
REMEMBERED = 600


def time_zone(school_id: str) -> ZoneInfo:
    """Return the time zone in which the school reads dates; the default zone where it has set none."""
    return time_zones([school_id])[school_id]


def time_zones(school_ids: Iterable[str]) -> dict[str, ZoneInfo]:
    """Return the time zone of each school. At most one warehouse query, none for what is remembered.

    A time zone is no personal data, so the scope of the person who looks does not matter.
    """
    names = _remembered(school_ids, TIME_ZONE_KEY)
    return {school_id: zone_named(name) for school_id, name in names.items()}


def districts_of(school_ids: Iterable[str]) -> dict[str, str]:
    """Return the district of each school, empty where it has none. At most one warehouse query, as for time zones."""
    return _remembered(school_ids, DISTRICT_KEY)


def schools_of_district(district_id: str) -> list[str]:
    """Return the schools of a district. One warehouse query, whatever the scope: ids alone."""
    with system_scope(reason="which schools a district has is no personal data"):
        rows = SchoolSetting.objects.filter(setting_key=DISTRICT_KEY, setting_value=district_id)
        return sorted(set(rows.values_list("school_id", flat=True)))


def forget_time_zone(school_id: str) -> None:
    """Ask the catalog anew at the next page, after the school changed its setting."""
    cache.delete(_place(school_id, TIME_ZONE_KEY))


def _remembered(school_ids: Iterable[str], key: str) -> dict[str, str]:
    wanted = {school_id: _place(school_id, key) for school_id in school_ids}
    kept = cache.get_many(wanted.values())
    found = {school_id: kept[place] for school_id, place in wanted.items() if place in kept}
    missing = [school_id for school_id in wanted if school_id not in found]
    if missing:
        stored = dict.fromkeys(missing, "") | _stored(missing, key)
        cache.set_many({wanted[school_id]: value for school_id, value in stored.items()}, REMEMBERED)
        found |= stored
    return {school_id: found[school_id] for school_id in wanted}


def _place(school_id: str, key: str) -> str:
    return f"school-setting:{key}:{school_id}"


def _stored(school_ids: list[str], key: str) -> dict[str, str]:
    with system_scope(reason="time zones and districts are no personal data"):
        rows = SchoolSetting.objects.filter(setting_key=key, school_id__in=school_ids)
        return dict(rows.order_by("updated_at", "id").values_list("school_id", "setting_value"))
