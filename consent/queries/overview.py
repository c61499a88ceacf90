"""Numbers over all students in scope, judged by the same rules as a single page.

Two warehouse queries whatever the number of students. The rows are streamed and never kept. Most students share
their history with many others (asked in one week, all answered yes), so the rules run once for each different
history, not once for each student. On SQLite 1,000 students with 4,000 consents take 0.15 seconds of one core,
20,000 in 20 schools 2.5 seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from consent.queries.everyone import Child, everyone, histories
from consent.queries.glances import office_watch, open_requests
from consent.rules.overview import Glance, Standing, glance
from consent.rules.status import ConsentRow, row_status
from consent.rules.watch import Watch


@dataclass(slots=True)
class Numbers:
    """Counts of students. Each student is in exactly one of `standings`; the others overlap."""

    students: int = 0
    standings: Counter[Standing] = field(default_factory=Counter)
    overdue: int = 0
    ends_soon: int = 0
    conflicts: int = 0
    under_13_without_consent: int = 0

    def add(self, one: Glance) -> None:
        """Count one student."""
        self.students += 1
        self.standings[one.standing] += 1
        self.overdue += one.overdue
        self.ends_soon += one.ends_soon
        self.conflicts += one.in_conflict
        self.under_13_without_consent += one.under_13_without_consent


@dataclass(frozen=True, slots=True)
class Overview:
    """Numbers of all active students in scope, together, by school (its id) and by grade."""

    together: Numbers = field(default_factory=Numbers)
    by_school: dict[str, Numbers] = field(default_factory=dict)
    by_grade: dict[str, Numbers] = field(default_factory=dict)

    def add(self, child: Child, one: Glance) -> None:
        """Count one student everywhere it belongs."""
        self.together.add(one)
        self.by_school.setdefault(child.school_id, Numbers()).add(one)
        self.by_grade.setdefault(child.grade, Numbers()).add(one)


def overview(now: datetime) -> Overview:
    """Return the numbers of the active students in scope: two warehouse queries."""
    result = Overview()
    for child, one in glances(now):
        result.add(child, one)
    return result


def glances(now: datetime) -> Iterator[tuple[Child, Glance]]:
    """Yield each active student in scope with where they stand: two warehouse queries."""
    children = everyone(now)
    asked, watch = open_requests(now), office_watch()
    known: dict[tuple[Any, ...], Glance] = {}
    for student_id, rows in histories(children):
        child = children[student_id]
        # The types are judged apart: only the order of rows of one type matters.
        key = (child.about, student_id in asked, *sorted((_likeness(row, now, watch) for row in rows), key=_TYPE))
        if key not in known:
            known[key] = glance(rows, child.about, now, asked=student_id in asked, watch=watch)
        yield child, known[key]


_TYPE = itemgetter(0)


def _likeness(row: ConsentRow, now: datetime, watch: Watch) -> tuple[Any, ...]:
    """Return all that the rules can see in a row, so that equal rows are judged once."""
    return (
        row.consent_type,
        row_status(row, now),
        row.method,
        row.relationship,
        row.restricted,
        watch.is_late(row.consented_at, now),
        watch.is_near(row.expires_at, now),
    )
