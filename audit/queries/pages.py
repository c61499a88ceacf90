"""Pages of a search of the audit log.

On SQLite the index gives rows by the second they happened in, newest or oldest first. A page asks it for a
window: all that it has of the second where the page begins, and of whole seconds beyond until there are enough.
The database then sorts and checks those few rows. Where some of them turn out not to belong to the search, so that
the page is not full, the window grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections
from django.db.models import QuerySet

from audit.queries.indexed import WAREHOUSE, asked_in_scope, is_sqlite, rows_between, rows_of
from audit.queries.search import LISTED, NEWEST_FIRST
from audit.rules.criteria import Criteria
from audit.rules.tokens import Asked
from classwaves_admin.lib.keyset import Page, page, place
from classwaves_admin.warehouse.log_index import sqlite
from classwaves_admin.warehouse.models import AuditLog

# How many times larger each further window is, and how many there are before the last, which holds everything.
GROWTH = 8
WINDOWS = 4


def page_of(criteria: Criteria, cursor: str = "", *, size: int, columns: Sequence[str] = LISTED) -> Page[AuditLog]:
    """Return the page of the search that the cursor names, newest first, with these columns. Raises BadCursor.

    One warehouse query; on SQLite rarely more, for phrases and other searches that the index knows in part.
    """
    asked = asked_in_scope(criteria)
    if asked is None or not is_sqlite():
        return _page(rows_of(criteria), cursor, size, columns)
    enough = size + 1
    for _ in range(WINDOWS):
        window = _window(asked, criteria, cursor, enough)
        part = _page(rows_between(criteria, asked, window.first, window.last), cursor, size, columns)
        if window.whole or (part.previous if cursor.startswith("before") else part.next):
            return part
        enough *= GROWTH
    return _page(rows_of(criteria), cursor, size, columns)


@dataclass(frozen=True, slots=True)
class _Window:
    """Numbers of the index, both ends included. `whole`: beyond it are no more rows of the search."""

    first: int
    last: int
    whole: bool = True


def _page(rows: QuerySet[AuditLog], cursor: str, size: int, columns: Sequence[str]) -> Page[AuditLog]:
    return page(rows.only(*columns), order=NEWEST_FIRST, size=size, cursor=cursor)


def _window(asked: Asked, criteria: Criteria, cursor: str, enough: int) -> _Window:
    """Return the window in which the page begins at the cursor and `enough` rows beyond its second are."""
    first, last = sqlite.numbers(criteria.since, criteria.until)
    direction, moment = place(cursor)
    rising = direction == "before"
    if moment is not None:
        second = sqlite.number_of(moment)
        first, last = (max(first, second), last) if rising else (first, min(last, second | sqlite.WITHIN_SECOND))
    elif direction:
        return _Window(first, last)
    # Rows of the first second may stand on the other side of the cursor or of the period: none of them counts.
    beyond = (first | sqlite.WITHIN_SECOND) if rising else last & ~sqlite.WITHIN_SECOND
    edge = sqlite.nth(connections[WAREHOUSE], asked.wanted, enough, beyond, last if rising else first)
    if edge is None:
        return _Window(first, last)
    if rising:
        return _Window(first, edge | sqlite.WITHIN_SECOND, whole=False)
    return _Window(edge & ~sqlite.WITHIN_SECOND, last, whole=False)
