"""What names a student in the rows of the catalog, and the condition of rows that say anything about one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from django.db.models import Q

from classwaves_admin.warehouse.inventory import Subject, table
from classwaves_admin.warehouse.models import Participant, Student
from consent.models import Guardianship
from retention.archive.seats import Seat, seats_of
from retention.fates import Rule
from retention.queries.adrift import in_scope_or_adrift
from retention.rules.opening import Parts

__all__ = ["NOTHING", "Parts", "parts_from", "parts_of", "rows_about", "student_names"]

NOTHING = Q(pk__in=[])


def rows_about(rule: Rule, parts: Parts, *, alone: bool | None = None) -> Q:
    """Return the condition of rows that say anything about a student.

    `alone` narrows it to rows by ways that lead to this student alone, or by ways that other children share.
    """
    links = [link for link in table(rule.model).students if alone in {None, link.alone}]
    return Q(NOTHING, *(link.rows(rule.model, sorted(parts[link.subject])) for link in links), _connector=Q.OR)


def parts_of(students: Sequence[str]) -> dict[str, Parts]:
    """Return what names each student: seats, sessions, groups, addresses of guardians. One warehouse query.

    Seats that were archived count too: rows that name them may still be in the catalog.
    """
    seats = in_scope_or_adrift(Participant).filter(student_id__in=students)
    return parts_from(students, seats.values_list("student_id", "pk", "session_id", "group_id"))


def parts_from(students: Sequence[str], seats: Iterable[Seat]) -> dict[str, Parts]:
    """Return the same from seats that were read already: no warehouse query."""
    found: dict[str, dict[Subject, set[str]]] = {student: {one: set() for one in Subject} for student in students}
    for student, seat, session, group in chain(seats, seats_of(students)):
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


def student_names(student_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of students by id, blank ids aside: at most one warehouse query."""
    ids = sorted({one for one in student_ids if one})
    return dict(Student.objects.filter(pk__in=ids).values_list("pk", "display_name")) if ids else {}
