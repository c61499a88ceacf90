"""The time zone that a school keeps, as `admin.school_settings` names it."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TIME_ZONE_KEY = "timezone"
DEFAULT_TIME_ZONE = ZoneInfo("America/New_York")


def zone_named(name: str | None) -> ZoneInfo:
    """Return the zone with this IANA name; the default where the setting is missing or no zone's name."""
    try:
        return ZoneInfo(name) if name else DEFAULT_TIME_ZONE
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return DEFAULT_TIME_ZONE
