"""What a search of the audit log asks for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

ANY_OF_GROUP = ".*"


@dataclass(frozen=True, slots=True)
class Criteria:
    """One search. Empty text and None stand for "any".

    `since` is the first instant and `until` the first one after the period. `event` is a name, or a
    group such as `consent.*`. `actor` and `student` are a part of a name or a whole id. `words` is
    looked for in the description.
    """

    school_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    event: str = ""
    category: str = ""
    actor: str = ""
    student: str = ""
    words: str = ""

    @property
    def used(self) -> list[str]:
        """Return the names of the filters that are set: codes for the audit log, never what was typed."""
        return [field.name for field in fields(self) if getattr(self, field.name)]

    @property
    def event_group(self) -> str:
        """Return the prefix with its dot, such as `consent.`, or empty text for a single event."""
        return self.event.removesuffix("*") if self.event.endswith(ANY_OF_GROUP) else ""
