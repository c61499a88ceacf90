"""The rows that are held of one student, table by table: lists in pages, and one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.fields import StringField
from classwaves_admin.warehouse.inventory import Subject
from classwaves_admin.warehouse.models import ClassroomSession, Transcription
from retention.fates import Rule
from retention.queries.adrift import in_scope_or_adrift
from retention.queries.company import company_of
from retention.queries.held import Pupil, candidates, own_and_shared
from retention.rules.held import moment_column
from retention.rules.opening import Company, Opening, opening
from retention.schedule import rule_of
from retention.words import row_words

__all__ = ["RowLine", "RowPage", "row_of", "row_page", "rows_of", "session_column", "session_of", "turn_page"]

PAGE_SIZE = 50
TURNS = 100


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row as the list shows it: none of its words. `session_id` names a session that is still there."""

    row: Any
    sort: str
    moment: datetime
    own: bool
    opening: Opening
    session_id: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of the rows of a table."""

    lines: tuple[RowLine, ...]
    previous: str
    next: str


def row_page(pupil: Pupil, rule: Rule, *, session: str = "", cursor: str = "") -> RowPage:
    """Return a page of the rows of a table, newest first: two warehouse queries. Raises keyset.BadCursor.

    With `session`, of that session alone; a table that knows of none has no such row.
    """
    moment = moment_column(rule)
    rows = rows_of(pupil, rule)
    if session:
        column = session_column(rule)
        rows = rows.filter(**{column: session}) if column else rows.none()
    part = keyset.page(rows, order=(f"-{moment}", "-id"), size=PAGE_SIZE, cursor=cursor)
    company = company_of(pupil, map(session_of, part.rows))
    lines = tuple(_line(pupil, rule, row, company, getattr(row, moment)) for row in part.rows)
    return RowPage(lines, part.previous, part.next)


def row_of(pupil: Pupil, rule: Rule, row_id: str) -> Any:
    """Return one row that is held of the student, with `own`: one warehouse query. None for any other id."""
    return rows_of(pupil, rule).filter(pk=row_id).first()


def session_column(rule: Rule) -> str:
    """Return the column by which rows of a table name their session; empty where they name none."""
    if rule.model is ClassroomSession:
        return "id"
    return "session_id" if any(field.attname == "session_id" for field in rule.model.columns()) else ""


def session_of(row: Any) -> str | None:
    """Return the session that a row names, None for none."""
    found: str | None = row.pk if isinstance(row, ClassroomSession) else getattr(row, "session_id", None)
    return found


def turn_page(pupil: Pupil, turn_id: str, *, cursor: str = "") -> keyset.Page[Transcription]:
    """Return a page of the transcript in which the student said a turn, from its beginning: one warehouse query.

    With `own`, and `words` for the student's own turns alone: what others said is not even read. Turns at tables where
    the student did not sit are left out. Raises keyset.BadCursor.
    """
    rule = rule_of(Transcription)
    own, _ = own_and_shared(rule, pupil.parts)
    turns = in_scope_or_adrift(Transcription)
    its_session = turns.filter(own, pk=turn_id).values("session_id")
    at_the_table = Q(group_id__isnull=True) | Q(group_id__in=sorted(pupil.parts[Subject.GROUP]))
    told = turns.filter(own | at_the_table, session_id__in=its_session).annotate(
        own=Case(When(own, then=Value(1)), default=Value(0), output_field=IntegerField()),
        words=Case(When(own, then=F("content")), default=Value(None), output_field=StringField()),
        phrases=Case(When(own, then=F("key_phrases")), default=Value(None), output_field=StringField()),
    )
    return keyset.page(
        told.defer("content", "key_phrases", "speaker_name"), order=("start_time", "id"), size=TURNS, cursor=cursor
    )


def rows_of(pupil: Pupil, rule: Rule) -> QuerySet[Any]:
    """Return the rows of a table that are held of the student, with `own`: 1 for those about the student alone."""
    own, shared = own_and_shared(rule, pupil.parts)
    mine = Case(When(own, then=Value(1)), default=Value(0), output_field=IntegerField())
    found: QuerySet[Any] = candidates(rule, pupil).filter(own | shared).annotate(own=mine)
    return found


def _line(pupil: Pupil, rule: Rule, row: Any, company: Company, moment: datetime) -> RowLine:
    session = session_of(row) or ""
    told = opening(rule, row, own=bool(row.own), parts=pupil.parts, company=company)
    return RowLine(row, _sort(row), moment, bool(row.own), told, session if session in company.sizes else "")


def _sort(row: Any) -> str:
    """Return of what sort a row is; of something that was said, how long it took."""
    seconds = getattr(row, "duration_seconds", None)
    return row_words(row) if seconds is None else f"{max(0, round(seconds))} s"
