"""Which rows a legal hold covers, as a condition for each table, and the holds as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.models import ClassroomSession
from retention.fates import Rule
from retention.models import LegalHold
from retention.queries.subjects import NOTHING, Parts, parts_of, rows_about

__all__ = ["Holds", "hold_page", "holds_of"]

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Holds:
    """The holds in force at a school, with what names the students whom they concern, by student."""

    holds: Sequence[LegalHold]
    parts: Mapping[str, Parts]

    def rows(self, rule: Rule) -> Q | None:
        """Return the condition of rows of a table that one of the holds covers; None where there is no hold.

        For rows with their `clock` (queries/due.py). What a hold names and a table does not know of is not covered:
        a hold on a session says nothing about age records.
        """
        if not self.holds:
            return None
        return Q(*(self._of(hold, rule) for hold in self.holds), _connector=Q.OR)

    def _of(self, hold: LegalHold, rule: Rule) -> Q:
        covered = ~NOTHING
        if hold.session_id:
            covered &= _in_session(rule, hold.session_id)
        if hold.student_id:
            covered &= rows_about(rule, self.parts[hold.student_id])
        undated = Q(clock__isnull=True)  # may be of any day, so of the days that are held
        if hold.since:
            covered &= Q(clock__gte=hold.since) | undated
        if hold.until:
            covered &= Q(clock__lt=hold.until) | undated
        return covered


def holds_of(school_id: str) -> Holds:
    """Return the holds in force at a school in scope, without a school all: at most one warehouse query."""
    found = LegalHold.objects.filter(released_at=None).order_by("placed_at", "id")
    holds = list(found.filter(school_id=school_id) if school_id else found)
    students = sorted({hold.student_id for hold in holds if hold.student_id})
    return Holds(holds, parts_of(students) if students else {})


def hold_page(*, school: str, cursor: str) -> keyset.Page[LegalHold]:
    """Return a page of holds, newest first, of one school or of all in scope. Raises BadCursor."""
    rows = LegalHold.objects.filter(school_id=school) if school else LegalHold.objects.all()
    return keyset.page(rows, order=("-placed_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def _in_session(rule: Rule, session_id: str) -> Q:
    if rule.model is ClassroomSession:
        return Q(pk=session_id)
    columns = {str(field.column) for field in rule.model._meta.concrete_fields}
    return Q(session_id=session_id) if "session_id" in columns else NOTHING
