"""What pages ask about schools: names come with the request, time zones from the school's settings."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.core.cache import cache

from classwaves_admin.schools.time_zones import TIME_ZONE_KEY, zone_named
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import SchoolSetting

__all__ = ["forget_time_zone", "time_zone", "time_zones"]

# A school moves to another time zone about never; after this many seconds the catalog is asked again.
REMEMBERED = 600


def time_zone(school_id: str) -> ZoneInfo:
    """Return the time zone in which the school reads dates; the default zone where it has set none."""
    return time_zones([school_id])[school_id]


def time_zones(school_ids: Iterable[str]) -> dict[str, ZoneInfo]:
    """Return the time zone of each school. At most one warehouse query, none for what is remembered.

    A time zone is no personal data, so the scope of the person who looks does not matter.
    """
    wanted = list(dict.fromkeys(school_ids))
    names: dict[str, str] = {key.removeprefix(_PREFIX): name for key, name in cache.get_many(_keys(wanted)).items()}
    missing = [school_id for school_id in wanted if school_id not in names]
    if missing:
        found = dict.fromkeys(missing, "") | _stored(missing)
        cache.set_many({_PREFIX + school_id: name for school_id, name in found.items()}, REMEMBERED)
        names |= found
    return {school_id: zone_named(names[school_id]) for school_id in wanted}


def forget_time_zone(school_id: str) -> None:
    """Ask the catalog anew at the next page, after the school changed its setting."""
    cache.delete(_PREFIX + school_id)


_PREFIX = "school-zone:"


def _keys(school_ids: Iterable[str]) -> list[str]:
    return [_PREFIX + school_id for school_id in school_ids]


def _stored(school_ids: list[str]) -> dict[str, str]:
    with system_scope(reason="time zones are no personal data"):
        rows = SchoolSetting.objects.filter(setting_key=TIME_ZONE_KEY, school_id__in=school_ids)
        return dict(rows.order_by("updated_at", "id").values_list("school_id", "setting_value"))
