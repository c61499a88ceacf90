"""How far a school has come with each type of consent, in numbers, by the same rules as a single page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from consent.queries.overview import glances
from consent.vocabulary import ASKED_TYPES, ConsentType, EffectiveStatus

__all__ = ["Coverage", "coverage"]


@dataclass(slots=True)
class Coverage:
    """Counts of active students: all of them, and for each type that parents are asked about where they stand."""

    students: int = 0
    types: Mapping[ConsentType, Counter[EffectiveStatus]] = field(
        default_factory=lambda: {kind: Counter() for kind in ASKED_TYPES}
    )

    def given(self, kind: ConsentType) -> int:
        """Return how many students have the consent in force."""
        return self.types[kind][EffectiveStatus.ACTIVE]


def coverage(now: datetime) -> tuple[Coverage, Mapping[str, Coverage]]:
    """Return the numbers of the students in scope, together and by grade: two warehouse queries."""
    together, by_grade = Coverage(), dict[str, Coverage]()
    for child, one in glances(now):
        for each in (together, by_grade.setdefault(child.grade, Coverage())):
            each.students += 1
            for kind, status in one.shown.items():
                each.types[kind][status] += 1
    return together, by_grade
