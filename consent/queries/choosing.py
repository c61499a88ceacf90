"""The students that a person chose to ask about: a list, or everyone who fits the filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from classwaves_admin.warehouse.models import Student
from consent.queries.everyone import Child, everyone, histories
from consent.queries.glances import office_watch, open_requests
from consent.queries.students import Filters, students
from consent.rules.overview import Standing, Together, glance, standings_of


@dataclass(frozen=True, slots=True)
class Choice:
    """Students by id, or, where `filters` is set, everyone in scope who fits them."""

    student_ids: tuple[str, ...] = ()
    filters: Filters | None = None

    @property
    def codes(self) -> dict[str, str | int | bool]:
        """What was chosen, without a name: what a campaign keeps."""
        if self.filters is None:
            return {"students": len(self.student_ids)}
        return {name: self._code(name) for name in self.filters.used if name != "school"}

    def _code(self, name: str) -> str | bool:
        return True if name == "name" else str(getattr(self.filters, name))


def chosen_children(choice: Choice, now: datetime) -> Mapping[str, Child]:
    """Return the active students in scope who were chosen: one warehouse query, two where a standing is asked for."""
    children = everyone(now, among=_students(choice, now))
    standing = choice.filters.standing if choice.filters else None
    return children if standing is None else _of_standing(children, standing, now)


def number_chosen(choice: Choice, now: datetime) -> int:
    """Return how many students were chosen. At most two warehouse queries."""
    if choice.filters is None or choice.filters.standing is None:
        return _students(choice, now).count()
    return len(chosen_children(choice, now))


def _students(choice: Choice, now: datetime) -> QuerySet[Student]:
    if choice.filters is not None:
        return students(choice.filters, now)
    return Student.objects.filter(id__in=choice.student_ids, status="active")


def _of_standing(children: Mapping[str, Child], standing: Standing | Together, now: datetime) -> dict[str, Child]:
    wanted = standings_of(standing)
    asked, watch = open_requests(now), office_watch()
    return {
        student_id: children[student_id]
        for student_id, rows in histories(children)
        if glance(rows, children[student_id].about, now, asked=student_id in asked, watch=watch).standing in wanted
    }
