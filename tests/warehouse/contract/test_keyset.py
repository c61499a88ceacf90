"""Pages by the last row seen, forwards and backwards, over equal values and odd names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.functions import Coalesce

from classwaves_admin.lib.keyset import Page, page
from classwaves_admin.warehouse.models import AuditLog, Student
from tests.warehouse.contract.rows import AUDIT, STUDENTS

pytestmark = pytest.mark.warehouse


def log(cursor: str) -> Page[AuditLog]:
    """Return a page of the log of one category, newest first. Three rows at a time share a moment."""
    rows = AuditLog.objects.filter(event_category__in=["data", "auth"]).order_by()
    return page(rows, order=("-event_timestamp", "-id"), size=29, cursor=cursor)


def log_by_annotation(cursor: str) -> Page[AuditLog]:
    """Return a page of the same rows, by a moment that the query works out."""
    rows = AuditLog.objects.filter(event_category__in=["data", "auth"]).order_by()
    moment = Coalesce("event_timestamp", "created_at")
    return page(rows.annotate(moment=moment), order=("-moment", "-id"), size=29, cursor=cursor)


def children(cursor: str) -> Page[Student]:
    """Return a page of the students of one school by name."""
    rows = Student.objects.filter(school_id="k-school-1")
    return page(rows, order=("display_name", "id"), size=7, cursor=cursor)


NEWEST = [
    row.pk
    for row in sorted(AUDIT, key=lambda row: (row.event_timestamp, row.pk), reverse=True)
    if row.event_category in {"data", "auth"}
]
BY_NAME = [
    row.pk
    for row in sorted(STUDENTS, key=lambda row: (row.display_name.encode(), row.pk))
    if row.school_id == "k-school-1"
]


@pytest.mark.parametrize(
    ("ask", "wanted"),
    [(log, NEWEST), (log_by_annotation, NEWEST), (children, BY_NAME)],
    ids=["log", "annotation", "students"],
)
def test_every_row_is_on_one_page_in_both_directions(ask: Callable[[str], Page[Any]], wanted: list[str]) -> None:
    """From the first page to the last and back, each row is seen once a way, in the list's order."""
    pages = [ask("")]
    while pages[-1].next:
        pages.append(ask(pages[-1].next))
    assert [row.pk for one in pages for row in one.rows] == wanted
    assert pages[0].previous == ""
    back = [pages[-1]]
    while back[0].previous:
        back.insert(0, ask(back[0].previous))
    assert [row.pk for one in back for row in one.rows] == wanted


def test_a_cursor_whose_row_is_gone_gives_an_empty_page() -> None:
    """Nothing stands behind a row that is not there, and nothing is invented."""
    assert children("after.no-such-student").rows == []
