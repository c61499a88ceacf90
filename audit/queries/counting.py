"""Counts the rows of a search: up to a cap, or for each part of a period, from the index where it knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connections

from audit.queries.indexed import WAREHOUSE, asked_in_scope, is_sqlite, of_any_school, rows_of
from audit.queries.search import MOST_COUNTED
from audit.rules.criteria import Criteria, Values
from audit.rules.tokens import Asked
from classwaves_admin.tenancy.scope import schools_in_scope
from classwaves_admin.warehouse import log_index
from classwaves_admin.warehouse.log_index import sqlite

Span = tuple[datetime | None, datetime | None]


def total_of(criteria: Criteria) -> int:
    """Count the rows of the search, up to one more than MOST_COUNTED. One warehouse query."""
    span = (criteria.since, criteria.until)
    asked = asked_in_scope(criteria) if is_sqlite() and _on_whole(1, [span]) else None
    if asked is None or not asked.exact:
        return rows_of(criteria)[: MOST_COUNTED + 1].count()
    return _by_index(asked, [span], most=MOST_COUNTED + 1)[0]


def counted(criteria: Criteria, spans: Sequence[Span]) -> list[int] | None:
    """Return how many rows of the search are in each span of time, in one warehouse query.

    Spans follow one another and hold their start, not their end; the search's own period does not count. None
    where the index does not know: somebody has to look at the rows.
    """
    if not is_sqlite() or not log_index.is_there(connections[WAREHOUSE]):
        return None
    whole_log = replace(of_any_school(criteria), since=None, until=None) == Criteria()
    if whole_log and _on_whole(sqlite.HOUR, spans):
        return _by_hour(criteria.wanted, spans)
    asked = asked_in_scope(replace(criteria, since=None, until=None))
    return _by_index(asked, spans) if asked and asked.exact and _on_whole(1, spans) else None


def _on_whole(seconds: int, spans: Sequence[Span]) -> bool:
    """Tell whether every edge is a whole number of so many seconds."""
    edges = [edge for span in spans for edge in span if edge is not None]
    return not any(edge.microsecond or (sqlite.number_of(edge) >> sqlite.ROOM) % seconds for edge in edges)


def _by_index(asked: Asked, spans: Sequence[Span], most: int = sqlite.LAST_NUMBER) -> list[int]:
    query = sqlite.query(asked.wanted)
    parameters = [value for span in spans for value in (query, *sqlite.numbers(*span), most)]
    with connections[WAREHOUSE].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([sqlite.COUNTED] * len(spans))}", parameters)
        return list(cursor.fetchone())


def _by_hour(values: Values, spans: Sequence[Span]) -> list[int]:
    """Add up the hours of each span, school by school as they stand: to group them by hour would be to sort them.

    Both the search and the scope may name schools.
    """
    parameters: list[int | str] = []
    for place, span in enumerate(spans):
        first, last = sqlite.numbers(*span)
        parameters += [place, (first >> sqlite.ROOM) // sqlite.HOUR, (last >> sqlite.ROOM) // sqlite.HOUR]
    among = "school_id IS NOT NULL"
    for schools in (values.schools or None, schools_in_scope()):
        if schools is not None:
            among += f" AND school_id IN ({', '.join(['%s'] * len(schools))})"
            parameters += schools
    with connections[WAREHOUSE].cursor() as cursor:
        cursor.execute(sqlite.SUMS.format(spans=", ".join(["(%s, %s, %s)"] * len(spans)), among=among), parameters)
        return [rows for (rows,) in cursor.fetchall()]
