"""Finds rows of the audit log. Everything here runs inside the person's scope."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from audit.rules.criteria import Criteria
from classwaves_admin.accounts.models import User
from classwaves_admin.warehouse.models import AuditLog, Student, Teacher

NEWEST_FIRST = ("-event_timestamp", "-id")
PAGE_SIZE = 50
# Beyond this a total says nothing more to a person and costs the warehouse a scan.
MOST_COUNTED = 10_000
# A part of a name that fits more people than this is no search for a person.
MOST_PEOPLE = 50
# Ids this long are unique text: they can be looked for inside the list of students as they are.
LONG_ID = 16
# What the list shows; details of 10 kB stay where they are.
LISTED = (
    "actor_id",
    "actor_type",
    "event_type",
    "event_category",
    "event_timestamp",
    "resource_type",
    "resource_id",
    "school_id",
    "description",
    "affected_student_ids",
)


def students_meant(text: str) -> tuple[str, ...]:
    """Return the ids that a student's name, or an id, stands for. One warehouse query, none without text.

    The id of a row that is gone stands for itself.
    """
    return tuple(dict.fromkeys([text, *students_known(text)])) if text else ()


def students_known(text: str) -> tuple[str, ...]:
    """Return the ids of the students whose name or id the text is. One warehouse query, none without text."""
    if not text:
        return ()
    named = Student.objects.filter(Q(pk=text) | Q(display_name__icontains=text))
    return tuple(named.values_list("pk", flat=True)[:MOST_PEOPLE])


def matching(criteria: Criteria, students: tuple[str, ...] = ()) -> QuerySet[AuditLog]:
    """Return the rows that the search asks for, unordered. `students` are the ids that its words stand for."""
    rows = AuditLog.objects.order_by()
    exact = {
        "school_id": criteria.school_id,
        "event_timestamp__gte": criteria.since,
        "event_timestamp__lt": criteria.until,
        "event_category": criteria.category,
        "event_type__startswith": criteria.event_group,
        "event_type": "" if criteria.event_group else criteria.event,
        "description__icontains": criteria.words,
    }
    rows = rows.filter(**{lookup: value for lookup, value in exact.items() if value})
    if criteria.actor:
        rows = rows.filter(_by(criteria.actor))
    if criteria.student:
        rows = rows.filter(_about(students))
    return rows


def total(rows: QuerySet[AuditLog]) -> int:
    """Count the rows, up to one more than MOST_COUNTED. One warehouse query."""
    return rows[: MOST_COUNTED + 1].count()


def _by(actor: str) -> Q:
    """Return the condition for an actor's id, or a part of the name of staff in the catalog or in the portal."""
    portal = User.objects.filter(name__icontains=actor).values_list("pk", flat=True)[:MOST_PEOPLE]
    return (
        Q(actor_id=actor)
        | Q(actor_id__in=Teacher.objects.filter(name__icontains=actor).values("pk"))
        | Q(actor_id__in=list(portal))
    )


def _about(students: tuple[str, ...]) -> Q:
    """Return the condition for rows about one of the students, wherever the service wrote the id."""
    about = Q(resource_type="student", resource_id__in=students) | Q(affected_student_ids__in=students)
    for student in students:
        about |= Q(affected_student_ids__contains=student if len(student) >= LONG_ID else f'"{student}"')
    return about
