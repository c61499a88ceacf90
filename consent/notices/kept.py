"""For how many days a school keeps what it collects: what parents read is what retention goes by.

Which periods hold at a school is a question for the app `retention`, which stands above this one. It registers itself
by a dotted path, and is given the rows of the catalog, so that they are read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from django.utils.module_loading import import_string

from classwaves_admin.warehouse.models import RetentionPolicy

__all__ = ["Days", "Stated", "kept_days"]

# Kind of data -> days until it is destroyed; 0 where the school's own row states no period that can hold.
Days = Mapping[str, int]


@dataclass(slots=True)
class Stated:
    """What the catalog says of one school: its policies, and whether it has children under 13."""

    policies: list[RetentionPolicy] = field(default_factory=list)
    under_13: bool = False


class Reader(Protocol):
    """Says what holds."""

    def __call__(self, stated: Mapping[str, Stated]) -> Mapping[str, Days]:
        """Return the days of each school by its id."""


class _KeptDays:
    def __init__(self) -> None:
        self._path = ""

    def register(self, path: str) -> None:
        """Name the reader. Called once, when Django starts."""
        self._path = path

    def __call__(self, stated: Mapping[str, Stated]) -> Mapping[str, Days]:
        """Return for how many days each school keeps each kind of data, by the school's id."""
        return cast(Reader, import_string(self._path))(stated)


kept_days = _KeptDays()
