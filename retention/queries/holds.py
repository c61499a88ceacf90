"""Which rows a legal hold covers, as a condition for each table, and the holds as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.inventory import Subject, table
from classwaves_admin.warehouse.models import ClassroomSession, Participant, Student
from consent.models import Guardianship
from retention.fates import Rule
from retention.models import LegalHold

__all__ = ["Holds", "hold_page", "holds_of", "student_names"]

PAGE_SIZE = 50
_NONE = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Holds:
    """The holds in force at a school, with what names the students whom they concern, by student."""

    holds: Sequence[LegalHold]
    parts: Mapping[str, Mapping[Subject, frozenset[str]]]

    def rows(self, rule: Rule) -> Q | None:
        """Return the condition of rows of a table that one of the holds covers; None where there is no hold.

        For rows with their `clock` (queries/due.py). What a hold names and a table does not know of is not covered:
        a hold on a session says nothing about age records.
        """
        if not self.holds:
            return None
        return Q(*(self._of(hold, rule) for hold in self.holds), _connector=Q.OR)

    def _of(self, hold: LegalHold, rule: Rule) -> Q:
        covered = ~_NONE
        if hold.session_id:
            covered &= _in_session(rule, hold.session_id)
        if hold.student_id:
            covered &= _of_student(rule, self.parts[hold.student_id])
        if hold.since:
            covered &= Q(clock__gte=hold.since)
        if hold.until:
            covered &= Q(clock__lt=hold.until)
        return covered


def holds_of(school_id: str) -> Holds:
    """Return the holds in force at a school in scope: at most one warehouse query."""
    holds = list(LegalHold.objects.filter(school_id=school_id, released_at=None).order_by("placed_at", "id"))
    students = sorted({hold.student_id for hold in holds if hold.student_id})
    return Holds(holds, _parts(students) if students else {})


def hold_page(*, school: str, cursor: str) -> keyset.Page[LegalHold]:
    """Return a page of holds, newest first, of one school or of all in scope. Raises BadCursor."""
    rows = LegalHold.objects.filter(school_id=school) if school else LegalHold.objects.all()
    return keyset.page(rows, order=("-placed_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def student_names(holds: Iterable[LegalHold]) -> dict[str, str]:
    """Return the names of the students whom holds concern, by id: one warehouse query."""
    ids = sorted({hold.student_id for hold in holds if hold.student_id})
    return dict(Student.objects.filter(pk__in=ids).values_list("pk", "display_name")) if ids else {}


def _in_session(rule: Rule, session_id: str) -> Q:
    if rule.model is ClassroomSession:
        return Q(pk=session_id)
    columns = {str(field.column) for field in rule.model._meta.concrete_fields}
    return Q(session_id=session_id) if "session_id" in columns else _NONE


def _of_student(rule: Rule, parts: Mapping[Subject, frozenset[str]]) -> Q:
    """Return the condition of rows that say anything about a student, alone or with others."""
    links = table(rule.model).students
    return Q(_NONE, *(link.rows(sorted(parts[link.subject])) for link in links), _connector=Q.OR)


def _parts(students: Sequence[str]) -> dict[str, dict[Subject, frozenset[str]]]:
    seats = Participant.objects.filter(student_id__in=students).order_by()
    found: dict[str, dict[Subject, set[str]]] = {student: {one: set() for one in Subject} for student in students}
    for student, seat, session, group in seats.values_list("student_id", "pk", "session_id", "group_id"):
        found[student][Subject.PARTICIPANT].add(seat)
        found[student][Subject.SESSION].add(session)
        if group:
            found[student][Subject.GROUP].add(group)
    ties = Guardianship.objects.filter(student_id__in=students).exclude(guardian__email="")
    for student, address in ties.values_list("student_id", "guardian__email"):
        found[student][Subject.GUARDIAN_ADDRESS].add(address)
    for student in students:
        found[student][Subject.STUDENT].add(student)
    return {student: {one: frozenset(ids) for one, ids in parts.items()} for student, parts in found.items()}
