"""What ids are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called inside the person's scope. An id that is not in here has no name to show.

    `at_school` are those of `staff` who have a row of `users.teachers`, and so a page of their own.
    """

    staff: dict[str, str] = field(default_factory=dict)
    students: dict[str, str] = field(default_factory=dict)
    schools: dict[str, str] = field(default_factory=dict)
    zones: dict[str, ZoneInfo] = field(default_factory=dict)
    at_school: frozenset[str] = frozenset()

    def zone(self, school_id: str) -> ZoneInfo:
        """Return the school's time zone."""
        return self.zones.get(school_id, DEFAULT_TIME_ZONE)

    def people(self, identifier: str) -> str:
        """Return the name of a person, or empty text."""
        return self.staff.get(identifier) or self.students.get(identifier, "")
