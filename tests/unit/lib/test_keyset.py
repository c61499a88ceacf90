"""Keyset pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Coalesce

from classwaves_admin.lib.keyset import BadCursor, Page, page
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, School, Student
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


@pytest.fixture
def school() -> School:
    """A school whose ten students share four names."""
    home = make.school()
    for number in range(10):
        make.student(school=home, display_name=f"Name {number // 3}")
    return home


def _page(school: School, cursor: str = "", *, size: int = 4, falling: bool = False) -> Page[Student]:
    sign = "-" if falling else ""
    with system_scope(reason="test"):
        rows = Student.objects.filter(school=school)
        return page(rows, order=(f"{sign}display_name", f"{sign}id"), size=size, cursor=cursor)


@pytest.mark.parametrize("falling", [False, True])
def test_pages_forward_show_every_row_once_in_order(school: School, falling: bool) -> None:
    """Walking forward gives every row once, ties included."""
    seen, cursor = [], ""
    while True:
        current = _page(school, cursor, falling=falling)
        seen += [(row.display_name, row.pk) for row in current.rows]
        if not (cursor := current.next):
            break
    assert seen == sorted(seen, reverse=falling)
    assert len(seen) == 10


def test_pages_backward_show_the_same_pages(school: School) -> None:
    """The previous page of the second page is the first page."""
    first = _page(school)
    second = _page(school, first.next)
    back = _page(school, second.previous)
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]
    assert back.previous == ""
    assert back.next == first.next


def test_the_ends_have_no_neighbours(school: School) -> None:
    """The first page has no previous one, the last no next one."""
    assert _page(school).previous == ""
    everything = _page(school, size=10)
    assert (everything.previous, everything.next) == ("", "")


def test_a_full_last_page_promises_no_next_one(school: School) -> None:
    """A list whose length is a multiple of the size ends without an empty page."""
    second = _page(school, _page(school, size=5).next, size=5)
    assert len(second.rows) == 5
    assert second.next == ""


@pytest.mark.parametrize("cursor", ["garbage", "after.", "after.a\x00b", "sideways.1", "after." + "x" * 301])
def test_a_bad_cursor_raises(school: School, cursor: str) -> None:
    """A cursor that no page wrote is refused, not guessed at."""
    with pytest.raises(BadCursor):
        _page(school, cursor)


def test_a_bad_cursor_of_a_list_by_a_moment_that_the_query_works_out_raises() -> None:
    """What the query works out cannot be read from a row: without its moment a cursor is refused."""
    with system_scope(reason="test"):
        rows = AuditLog.objects.annotate(moment=Coalesce("event_timestamp", "created_at"))
        with pytest.raises(BadCursor):
            page(rows, order=("-moment", "-id"), size=4, cursor="after.some-row")


def test_a_cursor_of_a_row_that_is_gone_gives_an_empty_page(school: School) -> None:
    """Nothing stands beyond an unknown row, and nothing breaks."""
    assert _page(school, "after.unknown-row") == Page([])


def test_cursors_hold_no_name(school: School) -> None:
    """The address of a page names a row by its id alone."""
    assert "Name" not in _page(school).next


def test_a_list_by_time_finds_its_place_without_the_row() -> None:
    """Its cursor carries the moment to the microsecond, so that one range is asked for, and the row may be gone."""
    at = datetime(2025, 3, 4, 15, 0, 0, 123_456, tzinfo=UTC)
    rows = [make.audit_row(event_timestamp=at - timedelta(microseconds=number // 2)) for number in range(6)]
    order = ("-event_timestamp", "-id")
    wanted = [row.pk for row in sorted(rows, key=lambda row: (row.event_timestamp, row.pk), reverse=True)]
    with system_scope(reason="test"):
        first = page(AuditLog.objects.all(), order=order, size=3)
        assert first.next == f"after.@1741100400123455.{wanted[2]}"
        with guard.writing():
            AuditLog.objects.filter(pk=wanted[2]).delete()
        second = page(AuditLog.objects.all(), order=order, size=3, cursor=first.next)
        assert [row.pk for row in second.rows] == wanted[3:]
        back = page(AuditLog.objects.all(), order=order, size=3, cursor=second.previous)
        assert [row.pk for row in back.rows] == wanted[:2]


def test_a_list_by_time_takes_a_bare_id_too() -> None:
    """An address that somebody kept names the row alone; its moment is read from it."""
    at = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)
    rows = [make.audit_row(event_timestamp=at + timedelta(seconds=number)) for number in range(3)]
    with system_scope(reason="test"):
        part = page(AuditLog.objects.all(), order=("-event_timestamp", "-id"), size=3, cursor=f"after.{rows[1].pk}")
    assert [row.pk for row in part.rows] == [rows[0].pk]


def test_a_moment_outside_the_calendar_is_no_cursor() -> None:
    """A made-up address is refused as any other."""
    with system_scope(reason="test"), pytest.raises(BadCursor):
        page(AuditLog.objects.all(), order=("-event_timestamp", "-id"), size=3, cursor=f"after.@{'9' * 18}.x")
