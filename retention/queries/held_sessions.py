"""What is held of one classroom session, counted, and whose part of it can be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, Participant
from retention.fates import Rule
from retention.log_rows import log_rows_of_session
from retention.queries.held import word
from retention.queries.held_rows import session_column
from retention.rules.held import rules_about_students

__all__ = ["Seated", "SessionHeld", "session_held"]


@dataclass(frozen=True, slots=True)
class Seated:
    """One student of the session's school who took part in it."""

    student_id: str
    name: str


@dataclass(frozen=True, slots=True)
class SessionHeld:
    """A session, how many rows of each table are of it, by the table's fate, and the students who took part."""

    session: ClassroomSession
    rows: Sequence[tuple[Rule, int]]
    students: Sequence[Seated]


def session_held(session_id: str) -> SessionHeld:
    """Return what is held of a session in scope: three warehouse queries. Raises ClassroomSession.DoesNotExist."""
    session = ClassroomSession.objects.get(pk=session_id)
    found = _counted(session_id)
    seats = Participant.objects.filter(session_id=session_id, student__school_id=session.school_id)
    names = dict(seats.order_by().values_list("student_id", "student__display_name"))
    seated = [Seated(student, name or "") for student, name in names.items() if student]
    rows = [(rule, found.get(rule.name, 0)) for rule in _rules()]
    return SessionHeld(session, rows, sorted(seated, key=lambda one: (one.name.casefold(), one.student_id)))


def _rules() -> list[Rule]:
    """Return the fates of tables that name a session, the sessions themselves aside."""
    return [rule for rule in rules_about_students() if session_column(rule) and rule.model is not ClassroomSession]


def _counted(session_id: str) -> Mapping[str, int]:
    """Return how many rows each table has of the session. One warehouse query."""
    first, *rest = (_number(rule, session_id) for rule in _rules())
    return dict(first.union(*rest, all=True))


def _number(rule: Rule, session_id: str) -> QuerySet[Any, Any]:
    every: QuerySet[Any] = rule.model._default_manager.all()
    rows = every.filter(session_id=session_id).annotate(table=word(rule.name))
    if rule.model is AuditLog:
        rows = rows.filter(log_rows_of_session.about(session_id))
    found: QuerySet[Any, Any] = rows.values("table").annotate(rows=Count("pk")).order_by().values_list("table", "rows")
    return found
