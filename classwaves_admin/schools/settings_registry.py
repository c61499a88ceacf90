"""Every setting of a school that the portal knows: the one list behind readers, pages and checks (docs/settings.md).

A row of `admin.school_settings` with another key is shown on the school's page and read by nobody here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from classwaves_admin.schools.setting_shape import Group, Setting
from classwaves_admin.schools.setting_tables import consent, house, retention

__all__ = ["SETTINGS", "Group", "Setting"]

SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {one.key: one for table in (house.TABLE, consent.TABLE, retention.TABLE) for one in table}
)
