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
from retention.rules import sealed as seal
from retention.rules.held import NO_ROWS, Category, Held, categories, is_plain, moment_column, rules_about_students
from retention.schedule import rule_of
from retention.vocabulary import ACCESS

__all__ = ["Pupil", "WhatIsHeld", "candidates", "own_and_shared", "pupil_of", "what_is_held", "word"]

_UNDER_13 = "children under 13"
_STUDENT, _SEAT, _ENTRY = "student", "seat", "disclosure"
# What a row of the log says of a disclosure, and whether it is one.
_TOLD = ("id", "resource_type", "resource_id", "compliance_basis", "data_accessed")
# Of no row, as a condition that keeps the type of a column in a union: an id is never empty.
_NEVER = Q(pk="")


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student in scope with everything by which rows name them.

    `sealed` are rows of the log that tell of what a court has sealed: no page and no copy of what is held has them.
    """

    id: str
    school_id: str
    name: str
    parts: Parts
    sealed: frozenset[str] = frozenset()


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
    none = word("")
    lines = list(
        students.values_list(word(_STUDENT), "id", "school_id", "display_name", none, none).union(
            seats.values_list(word(_SEAT), "id", "session_id", "group_id", none, none),
            *(rows.values_list(word(_ENTRY), *_TOLD) for rows in _disclosures(student_id)),
            all=True,
        )
    )
    found = [line for line in lines if line[0] == _STUDENT]
    if not found:
        raise Student.DoesNotExist("There is no such student.")
    _, _, school_id, name, *_ = found[0]
    seated = [(student_id, seat, session, group) for kind, seat, session, group, *_ in lines if kind == _SEAT]
    sealed = seal.sealed(seal.Entry(*told) for kind, *told in lines if kind == _ENTRY)
    return Pupil(student_id, school_id, name, parts_from([student_id], seated)[student_id], sealed)


def what_is_held(pupil: Pupil) -> WhatIsHeld:
    """Count what is held of a student: two warehouse queries, one more to learn the district now and then."""
    held, under_13 = _counted(pupil)
    read = AsRead(pupil.school_id, policy_rows([pupil.school_id])[pupil.school_id], under_13)
    policies = read.under(standards_at([pupil.school_id]).get(pupil.school_id, {}))
    asked = RightsRequest.objects.filter(student_id=pupil.id, closed_at=None, kind__in=ACCESS)
    return WhatIsHeld(categories(held, policies.held), _is_on_hold(pupil), asked.exists())


def own_and_shared(rule: Rule, parts: Parts) -> tuple[Q, Q]:
    """Return the conditions of rows about the student alone, and of rows that others share, some of which are own too.

    Nothing is taken off the second: where rows of both are read, each part can be looked up by an index of its own.
    """
    return rows_about(rule, parts, alone=True), shared_rows(rule, parts)


def candidates(rule: Rule, pupil: Pupil) -> QuerySet[Any]:
    """Return the rows of a table among which those of a student are: of the log, those that its index names.

    Nothing that tells of what a court has sealed is among them.
    """
    rows: QuerySet[Any] = in_scope_or_adrift(rule.model)
    if rule.model is not AuditLog:
        return rows
    entries = ~Q(resource_type=seal.RESOURCE) | Q(event_type__in=seal.EVENTS)
    return rows.filter(log_rows.about(pupil.id), entries).exclude(pk__in=sorted(pupil.sealed))


def word(text: str) -> Value:
    """Return a text as a column of a union."""
    return Value(text, output_field=StringField())


def _disclosures(student_id: str) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Return the disclosures that name a student, and the entries with their numbers that may name nobody."""
    named = {one: frozenset[str]() for one in Subject} | {Subject.STUDENT: frozenset({student_id})}
    rows = AuditLog.objects.filter(event_type__in=seal.EVENTS).order_by()
    theirs = rows.filter(log_rows.about(student_id), rows_about(rule_of(AuditLog), named))
    numbers = theirs.filter(resource_type=seal.RESOURCE).values("resource_id")
    return theirs, rows.filter(resource_type=seal.RESOURCE, resource_id__in=numbers)


def _counted(pupil: Pupil) -> tuple[dict[str, Held], bool]:
    """Return what each table holds, and whether the school has children under 13. One warehouse query."""
    young = CoppaCompliance.objects.filter(school_id=pupil.school_id, is_under_13=True).order_by()
    union = _numbers(young, _UNDER_13, ~NOTHING, NOTHING, "created_at").union(
        *(_numbers_of(rule, pupil) for rule in rules_about_students()), all=True
    )
    found = {name: Held(*numbers) for name, *numbers in union}
    return found, bool(found.pop(_UNDER_13, NO_ROWS).alone)


def _numbers_of(rule: Rule, pupil: Pupil) -> QuerySet[Any, Any]:
    own, shared = own_and_shared(rule, pupil.parts)
    rows = candidates(rule, pupil).filter(own | shared)
    return _numbers(rows, rule.name, own, shared & ~own, moment_column(rule), rule.clock if is_plain(rule) else None)


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
