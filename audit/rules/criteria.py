"""What a search of the audit log asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

# At the end of an event, category, basis, address or session: whatever follows.
ANY_ENDING = "*"
ANY_OF_GROUP = f".{ANY_ENDING}"


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of record, or one record of that kind. Empty `id` stands for every record of the kind."""

    type: str
    id: str = ""

    def __str__(self) -> str:
        """Return `type` or `type/id`."""
        return f"{self.type}/{self.id}" if self.id else self.type


@dataclass(frozen=True, slots=True)
class Values:
    """What rows hold, or must not hold; an empty tuple says nothing about its column.

    `actors` and `students` are ids: names are looked up before. An event, category, basis, address or session
    that ends with `*` stands for all that begin so. `grants` are the support grants within which something was
    done. `words` are looked for in the description.
    """

    schools: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def used(self) -> list[str]:
        """Return the names of what is set."""
        return [each.name for each in fields(self) if getattr(self, each.name)]


@dataclass(frozen=True, slots=True)
class Criteria:
    """One search: rows of the period that hold what is wanted and nothing that is unwanted.

    `since` is the first instant and `until` the first one after the period; None leaves that side open. Of the
    values of one kind a row holds any, and something of each kind that is set; all `words` stand in its
    description. A row that holds any one of the unwanted values is left out.
    """

    since: datetime | None = None
    until: datetime | None = None
    wanted: Values = field(default_factory=Values)
    unwanted: Values = field(default_factory=Values)

    @property
    def used(self) -> list[str]:
        """Return the names of the filters that are set: codes for the audit log, never what was typed."""
        period = [name for name in ("since", "until") if getattr(self, name)]
        return [*period, *self.wanted.used, *(f"not {name}" for name in self.unwanted.used)]

    @property
    def school_id(self) -> str:
        """Return the one school that is asked for, or empty text."""
        return self.wanted.schools[0] if len(self.wanted.schools) == 1 else ""


def beginning(value: str) -> str | None:
    """Return what a value with `*` at its end begins with, or None for a value without."""
    return value.removesuffix(ANY_ENDING) if value.endswith(ANY_ENDING) else None
