"""What one child's deletion does to the portal's own tables and copies: one place for each model of its database.

`PLACES` of retention/portal_schedule.py declares those of the apps below; an app above registers its own when Django
starts, by dotted path. `tests/unit/retention/test_places.py` fails for a model without a place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

from django.db.models import QuerySet
from django.utils.module_loading import import_string

__all__ = ["Does", "Leaving", "Place", "Rows", "all_places", "register"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """The child whose data go, as it was called.

    `marks` are what is nobody else's: e-mail address and account. `seats` are the ids under which the child sat in
    lessons. `since` is when the rows of the catalog were gone: a copy that was made later does not hold the child.
    """

    student_id: str
    school_id: str
    name: str
    marks: tuple[str, ...]
    seats: tuple[str, ...]
    guardian_addresses: tuple[str, ...]
    since: datetime

    @property
    def texts(self) -> tuple[str, ...]:
        """Return all texts by which copies of the child are found."""
        return tuple(text for text in (self.name, *self.marks) if text)


class Does(Protocol):
    """What is done with the rows and files of one place."""

    def left(self, who: Leaving) -> int:
        """Return how many things of the child are there."""

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Make them go, and return how many went. Safe to repeat."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that `find` returns are deleted, or with `blanks` emptied: then `find` returns those that are full."""

    find: Callable[[Leaving], QuerySet[Any]]
    blanks: Mapping[str, Any] = field(default_factory=dict)

    def left(self, who: Leaving) -> int:
        """Return how many there are."""
        return self.find(who).count()

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Delete or empty them."""
        rows = self.find(who)
        if self.blanks:
            return rows.update(**self.blanks)
        ids = list(rows.values_list("pk", flat=True))
        rows.model._default_manager.filter(pk__in=ids).delete()
        return len(ids)


@dataclass(frozen=True, slots=True)
class Place:
    """The fate of one model, `app.Model`: `keeps` says why its rows stay, else `does` (or its path) makes them go.

    `words` is what a page calls the things that go.
    """

    model: str
    keeps: str = ""
    words: str = ""
    does: Does | str | None = None

    @property
    def work(self) -> Does:
        """Return what is done. Raises LookupError for a place that stays."""
        if self.does is None:
            raise LookupError(f"{self.model} stays: {self.keeps}")
        return cast(Does, import_string(self.does)) if isinstance(self.does, str) else self.does


_REGISTERED: dict[str, Place] = {}


def register(*places: Place) -> None:
    """Register places of an app that stands above retention. Raises ValueError for a model that has one."""
    for place in places:
        if place.model in _REGISTERED:
            raise ValueError(f"{place.model} has a place already.")
        _REGISTERED[place.model] = place


def all_places() -> dict[str, Place]:
    """Return every place by its model."""
    from retention.portal_schedule import PLACES

    return {place.model: place for place in PLACES} | _REGISTERED
