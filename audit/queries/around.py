"""What happened around a row of the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, Value, When, Window
from django.db.models.functions import RowNumber

from audit.queries.search import LISTED, NEWEST_FIRST, about_students
from audit.rules.lines import concerned_students
from classwaves_admin.warehouse.models import AuditLog

MINUTES = 15
# Rows of each side: a busy half of it does not hide the other.
MOST_A_SIDE = 13
# A row about a whole school is around everything: its first students stand for it.
MOST_STUDENTS = 10


def span(moment: datetime) -> tuple[datetime, datetime]:
    """Return the first instant around a moment and the first one after, cut at the edges of the calendar."""
    margin = timedelta(minutes=MINUTES)
    try:
        return moment - margin, moment + margin
    except OverflowError:
        return moment, moment


def around(row: AuditLog) -> tuple[list[AuditLog], bool]:
    """Return other rows of those minutes by the same person, about the same students or of the same session.

    Newest first: the nearest before the row, with those of the same instant, and the nearest after it, MOST_A_SIDE of
    each at most; and whether there are more. One warehouse query.
    """
    since, until = span(row.event_timestamp)
    same = Q(actor_id=row.actor_id)
    students = concerned_students(row)[:MOST_STUDENTS]
    if students:
        same |= about_students(tuple(students))
    if row.session_id:
        same |= Q(session_id=row.session_id)
    rows = AuditLog.objects.filter(same, event_timestamp__gte=since, event_timestamp__lt=until).exclude(pk=row.pk)
    after = Case(When(event_timestamp__gt=row.event_timestamp, then=Value(1)), default=Value(0))
    falling = Window(RowNumber(), partition_by=F("after"), order_by=[F("event_timestamp").desc(), F("id").desc()])
    rising = Window(RowNumber(), partition_by=F("after"), order_by=[F("event_timestamp").asc(), F("id").asc()])
    near = rows.annotate(after=after).annotate(falling=falling, rising=rising)
    near = near.filter(Q(after=0, falling__lte=MOST_A_SIDE + 1) | Q(after=1, rising__lte=MOST_A_SIDE + 1))
    found = list(near.only(*LISTED, "session_id").order_by(*NEWEST_FIRST))
    later = [one for one in found if one.event_timestamp > row.event_timestamp]
    earlier = found[len(later) :]
    cut = max(len(later), len(earlier)) > MOST_A_SIDE
    return [*later[-MOST_A_SIDE:], *earlier[:MOST_A_SIDE]], cut


def ties(row: AuditLog, others: Sequence[AuditLog]) -> dict[str, tuple[str, ...]]:
    """Return in words what each of the other rows shares with the row, by id."""
    students = set(concerned_students(row)[:MOST_STUDENTS])
    shared = {}
    for other in others:
        tests = {
            "Same person": other.actor_id == row.actor_id,
            "Same student": not students.isdisjoint(concerned_students(other)),
            "Same session": bool(row.session_id) and other.session_id == row.session_id,
        }
        shared[other.pk] = tuple(words for words, holds in tests.items() if holds)
    return shared
