"""What is held of one student, counted: the tables, the ways to the student and the fates are those of the schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Value

from classwaves_admin.warehouse.fields import StringField
from classwaves_admin.warehouse.inventory import Subject
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, Participant, Student
from retention.fates import Clock, Rule
from retention.log_rows import log_rows
from retention.models import LegalHold, RightsRequest
from retention.queries.adrift import in_scope_or_adrift
from retention.queries.child import shared_rows
from retention.queries.policies import AsRead, policy_rows
from retention.queries.standards import standards_at
from retention.queries.subjects import NOTHING, Parts, parts_from, rows_about
from retention.rules.held import NO_ROWS, Category, Held, categories, is_plain, moment_column, rules_about_students
from retention.vocabulary import ACCESS

__all__ = ["Pupil", "WhatIsHeld", "candidates", "own_and_shared", "pupil_of", "what_is_held", "word"]

_UNDER_13 = "children under 13"
_STUDENT, _SEAT = "student", "seat"
# Of no row, as a condition that keeps the type of a column in a union: an id is never empty.
_NEVER = Q(pk="")


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student in scope with everything by which rows name them."""

    id: str
    school_id: str
    name: str
    parts: Parts


@dataclass(frozen=True, slots=True)
class WhatIsHeld:
    """What is held, by kind of data, and what keeps it past its days."""

    categories: tuple[Category, ...]
    on_hold: bool
    asked_for: bool

    @property
    def rows(self) -> int:
        """Return how many rows there are in all."""
        return sum(category.rows for category in self.categories)


def pupil_of(student_id: str) -> Pupil:
    """Return a student in scope with what names them: one warehouse query. Raises Student.DoesNotExist."""
    students = Student.objects.filter(pk=student_id).order_by()
    seats = in_scope_or_adrift(Participant).filter(student_id=student_id)
    lines = list(
        students.values_list(word(_STUDENT), "id", "school_id", "display_name").union(
            seats.values_list(word(_SEAT), "id", "session_id", "group_id"), all=True
        )
    )
    found = [line for line in lines if line[0] == _STUDENT]
    if not found:
        raise Student.DoesNotExist("There is no such student.")
    _, _, school_id, name = found[0]
    seated = [(student_id, seat, session, group) for kind, seat, session, group in lines if kind == _SEAT]
    return Pupil(student_id, school_id, name, parts_from([student_id], seated)[student_id])


def what_is_held(pupil: Pupil) -> WhatIsHeld:
    """Count what is held of a student: two warehouse queries, one more to learn the district now and then."""
    held, under_13 = _counted(pupil)
    read = AsRead(pupil.school_id, policy_rows([pupil.school_id])[pupil.school_id], under_13)
    policies = read.under(standards_at([pupil.school_id]).get(pupil.school_id, {}))
    asked = RightsRequest.objects.filter(student_id=pupil.id, closed_at=None, kind__in=ACCESS)
    return WhatIsHeld(categories(held, policies.held), _is_on_hold(pupil), asked.exists())


def own_and_shared(rule: Rule, parts: Parts) -> tuple[Q, Q]:
    """Return the conditions of rows about the student alone, and of rows that others share."""
    own = rows_about(rule, parts, alone=True)
    return own, shared_rows(rule, parts) & ~own


def candidates(rule: Rule, parts: Parts) -> QuerySet[Any]:
    """Return the rows of a table among which those of a student are: of the log, those that its index names."""
    rows: QuerySet[Any] = in_scope_or_adrift(rule.model)
    for student_id in parts[Subject.STUDENT] if rule.model is AuditLog else ():
        rows = rows.filter(log_rows.about(student_id))
    return rows


def word(text: str) -> Value:
    """Return a text as a column of a union."""
    return Value(text, output_field=StringField())


def _counted(pupil: Pupil) -> tuple[dict[str, Held], bool]:
    """Return what each table holds, and whether the school has children under 13. One warehouse query."""
    young = CoppaCompliance.objects.filter(school_id=pupil.school_id, is_under_13=True).order_by()
    union = _numbers(young, _UNDER_13, ~NOTHING, NOTHING, "created_at").union(
        *(_numbers_of(rule, pupil.parts) for rule in rules_about_students()), all=True
    )
    found = {name: Held(*numbers) for name, *numbers in union}
    return found, bool(found.pop(_UNDER_13, NO_ROWS).alone)


def _numbers_of(rule: Rule, parts: Parts) -> QuerySet[Any, Any]:
    own, shared = own_and_shared(rule, parts)
    rows = candidates(rule, parts).filter(own | shared)
    return _numbers(rows, rule.name, own, shared, moment_column(rule), rule.clock if is_plain(rule) else None)


def _numbers(
    rows: QuerySet[Any], name: str, own: Q, shared: Q, moment: str, clock: Clock | None = None
) -> QuerySet[Any, Any]:
    """Return one line of the union: name, numbers, moments. A group by a constant, so that it can be a part of one."""
    starts, running = (clock.expression, clock.when) if clock else (F(moment), _NEVER)
    grouped = rows.annotate(table=word(name)).values("table")
    counted = grouped.annotate(
        alone=Count("pk", filter=own),
        shared=Count("pk", filter=shared),
        oldest=Min(moment),
        newest=Max(moment),
        first=Min(starts, filter=running),
        last=Max(starts, filter=running),
    )
    found: QuerySet[Any, Any] = counted.order_by().values_list(
        "table", "alone", "shared", "oldest", "newest", "first", "last"
    )
    return found


def _is_on_hold(pupil: Pupil) -> bool:
    """Tell whether a legal hold may cover some of it: on the student, a session of theirs, or the whole school."""
    holds = LegalHold.objects.filter(school_id=pupil.school_id, released_at=None, student_id__in=["", pupil.id])
    sessions = pupil.parts[Subject.SESSION]
    return any(not session or session in sessions for session in holds.values_list("session_id", flat=True))
