"""The numbers of the register of ages, over all students in scope."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from consent.queries.age_filters import not_invited
from consent.queries.circumstances import said_to_be_adult
from consent.queries.everyone import everyone, histories
from consent.rules.ages import ADULT_FROM, CHILD_UNTIL, AgeGroup, age_group, turns, year_everywhere
from consent.rules.limits import has_parental_consent


@dataclass(slots=True)
class AgeNumbers:
    """Counts of the active students in scope. The first four are everybody; the others overlap."""

    groups: dict[AgeGroup, int] = field(default_factory=lambda: dict.fromkeys(AgeGroup, 0))
    without_consent: int = 0
    turning_13: int = 0
    turning_18: int = 0
    not_invited: int = 0

    @property
    def under_13(self) -> int:
        """How many are treated as under 13."""
        return self.groups[AgeGroup.UNDER_13] + self.groups[AgeGroup.UNKNOWN]


def age_numbers(now: datetime) -> AgeNumbers:
    """Return the numbers over all active students in scope: two warehouse queries, by the rules of a single page."""
    year, numbers, children = year_everywhere(now), AgeNumbers(), everyone(now)
    confirmed = said_to_be_adult()
    for student_id, rows in histories(children):
        child = children[student_id]
        numbers.groups[age_group(child.birth_year, year, school_says_so=student_id in confirmed)] += 1
        numbers.turning_13 += turns(child.birth_year, CHILD_UNTIL, year)
        numbers.turning_18 += turns(child.birth_year, ADULT_FROM, year)
        numbers.without_consent += child.about.under_13 and not has_parental_consent(rows, child.about, now)
    numbers.not_invited = sum(one in children for one in not_invited().values_list("student_id", flat=True))
    return numbers
