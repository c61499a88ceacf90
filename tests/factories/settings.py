"""Changes of settings, for tests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.lib.clock import now
from classwaves_admin.schools.models import SettingChange
from classwaves_admin.warehouse.models import School
from tests.factories import catalog as make


def setting_change(school: School, **given: Any) -> SettingChange:
    """Save a change of a school's setting and the row that stands since."""
    make.setting(school=school, key="reminders.hour", value="9", setting_type="int")
    said = {"key": "reminders.hour", "before": None, "after": "9", "changed_by": "somebody", "changed_at": now()}
    return SettingChange.objects.create(**{"school_id": school.id, **said, **given})
