"""Which rows stay whatever a policy or a deletion says, each with its reason: one door for every destruction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from retention.archive.seats import all_readable
from retention.fates import Rule
from retention.models import RightsRequest
from retention.queries.holds import Holds, holds_of
from retention.queries.subjects import NOTHING, Parts, parts_of, rows_about
from retention.vocabulary import ACCESS

__all__ = ["ON_ACCESS_REQUEST", "ON_HOLD", "SEATS_UNREADABLE", "Kept", "kept_at"]

ON_HOLD = "A legal hold covers them."
SEATS_UNREADABLE = "A hold or a request names a student, and an archive file that says what is theirs is damaged."
ON_ACCESS_REQUEST = "Somebody has asked to see them, and the request is open (34 CFR 99.10(e))."


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays at one school: holds in force, and the students with an open request to see what is held.

    Where `seats_unreadable`, nobody can tell which rows are those of the students that these name: everything stays.
    """

    holds: Holds
    asked_for: Sequence[Parts]
    seats_unreadable: bool = False

    def reasons(self, rule: Rule) -> Iterator[tuple[str, Q]]:
        """Yield each reason with the condition of the rows of a table that stay for it; a row may meet several.

        For rows with their `clock` (queries/due.py).
        """
        held = self.holds.rows(rule)
        if held is not None:
            yield ON_HOLD, held
        if self.asked_for:
            yield (
                ON_ACCESS_REQUEST,
                Q(*(rows_about(rule, parts) for parts in self.asked_for), _connector=Q.OR),
            )
        if self.seats_unreadable:
            yield SEATS_UNREADABLE, ~NOTHING


def kept_at(school_id: str) -> Kept:
    """Return what stays at a school in scope: at most two warehouse queries.

    Without a school, for rows of which nobody knows whose they are, what stays at any school: a hold on a whole school
    then keeps all of them.
    """
    waiting = RightsRequest.objects.filter(closed_at=None, kind__in=ACCESS)
    waiting = waiting.filter(school_id=school_id) if school_id else waiting
    students = sorted(set(waiting.values_list("student_id", flat=True)))
    parts: Mapping[str, Parts] = parts_of(students) if students else {}
    holds = holds_of(school_id)
    readable = all(all_readable(names) for names in (sorted(holds.parts), students) if names)
    return Kept(holds, [parts[student] for student in students], seats_unreadable=not readable)
