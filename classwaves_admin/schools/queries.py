"""What pages ask about schools: names come with the request, time zone and district from the school's settings."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from classwaves_admin.accounts.directory import DISTRICT_KEY, schools_of_districts
from classwaves_admin.schools.time_zones import TIME_ZONE_KEY, zone_named
from classwaves_admin.schools.values import values
from classwaves_admin.tenancy.scope import system_scope

__all__ = ["districts_of", "schools_of_district", "time_zone", "time_zones"]


def time_zone(school_id: str) -> ZoneInfo:
    """Return the time zone in which the school reads dates; its district's or the default where it has set none."""
    return time_zones([school_id])[school_id]


def time_zones(school_ids: Iterable[str]) -> dict[str, ZoneInfo]:
    """Return the time zone of each school. At most one warehouse query, none for what is remembered."""
    return {school_id: zone_named(one.value) for school_id, one in values(school_ids, TIME_ZONE_KEY).items()}


def districts_of(school_ids: Iterable[str]) -> dict[str, str]:
    """Return the district of each school, empty where it has none. At most one warehouse query, as for time zones."""
    return {school_id: one.value for school_id, one in values(school_ids, DISTRICT_KEY).items()}


def schools_of_district(district_id: str) -> list[str]:
    """Return the schools of a district. One warehouse query, whatever the scope: ids alone."""
    with system_scope(reason="which schools a district has is no personal data"):
        return schools_of_districts((district_id,)).get(district_id, [])
