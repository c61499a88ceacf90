"""Pages of a long list by the last row seen, never by a number: the thousandth page costs what the first does.

A cursor is the id of a row and a direction, `after.<id>` or `before.<id>`. The values that the list is
sorted by, which may be names, are read from that row inside the same query and stay out of addresses.

A list by time carries the row's moment too, `after.@<microseconds since 1970>.<id>`: the query then holds a
plain range, by which a warehouse passes over the files that cannot have rows of the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import DateTimeField, F, Model, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan, TupleLookupMixin
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

__all__ = ["BadCursor", "Page", "behind", "page", "place"]

Row = TypeVar("Row", bound=Model)
# Other services choose ids too: any text, without NUL, which no database takes.
_CURSOR = re.compile(r"(after|before)\.([^\x00]{1,300})")
_MOMENT = re.compile(r"@(-?[0-9]{1,18})\.([^\x00]+)")
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class BadCursor(ValueError):
    """A cursor that no page of ours wrote."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page, and the cursors of its neighbours: empty text where there is none."""

    rows: list[Row]
    previous: str = ""
    next: str = ""


def page(rows: QuerySet[Row], *, order: tuple[str, ...], size: int, cursor: str = "") -> Page[Row]:
    """Return the page of `rows` that `cursor` names; the first one without a cursor. One query.

    `order` names columns that are never null, or annotated moments, and ends with the primary key; `-` in front
    of each sorts newest first (all or none, so that one row comparison does). A row whose value changes while
    people page is shown again or not at all. Raises BadCursor.
    """
    direction, row_id = _read(cursor)
    backwards = direction == "before"
    falling = order[0].startswith("-")
    names = [name.removeprefix("-") for name in order]
    if direction:
        rows = rows.filter(_beyond(names, _place(rows, names, row_id), rising=falling == backwards))
    found = list(rows.order_by(*(_turned(name) if backwards else name for name in order))[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    return Page(
        found,
        previous=f"before.{_named(rows, found[0], names)}" if (more if backwards else direction) else "",
        next=f"after.{_named(rows, found[-1], names)}" if (backwards or more) else "",
    )


def place(cursor: str) -> tuple[str, datetime | None]:
    """Return the direction of a cursor of a list by time, and the moment where it stands if it carries one.

    Empty text and None for the first page. Raises BadCursor.
    """
    direction, named = _read(cursor)
    carried = _MOMENT.fullmatch(named)
    return direction, _moment(carried[1]) if carried else None


def _moment(microseconds: str) -> datetime:
    try:
        return _1970 + int(microseconds) * _MICROSECOND
    except OverflowError:
        raise BadCursor("This address of a page names no moment.") from None


def behind(rows: QuerySet[Row], *, order: tuple[str, ...], values: tuple[Any, ...]) -> QuerySet[Row]:
    """Return the rows behind the one whose columns of `order` hold these values: the rest of a long reading."""
    names = [name.removeprefix("-") for name in order]
    return rows.filter(_beyond(names, values, rising=not order[0].startswith("-")))


def _read(cursor: str) -> tuple[str, str]:
    if not cursor:
        return "", ""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise BadCursor("This address of a page is not complete.")
    return match[1], match[2]


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _is_by_time(rows: QuerySet[Any], names: list[str]) -> bool:
    match names:
        case [name, _]:
            annotated = rows.query.annotations.get(name)
            field = annotated.output_field if annotated else rows.model._meta.get_field(name)
            return isinstance(field, DateTimeField)
    return False


def _named(rows: QuerySet[Any], row: Model, names: list[str]) -> str:
    """Return how a cursor names the row."""
    if not _is_by_time(rows, names):
        return str(row.pk)
    return f"@{(getattr(row, names[0]) - _1970) // _MICROSECOND}.{row.pk}"


def _place(rows: QuerySet[Any], names: list[str], named: str) -> tuple[Any, ...]:
    """Return the values of the row that the cursor names, or how to read them. Raises BadCursor."""
    carried = _MOMENT.fullmatch(named) if _is_by_time(rows, names) else None
    if carried:
        return _moment(carried[1]), carried[2]
    if rows.query.annotations.keys() & names:
        raise BadCursor("This address of a page names no moment.")
    row = rows.model._default_manager.filter(pk=named).order_by()
    return (*(Subquery(row.values(name)[:1]) for name in names[:-1]), named)


def _beyond(names: list[str], place: tuple[Any, ...], *, rising: bool) -> Any:
    """Return the condition `(a, b, id) > (row's a, row's b, row's id)`, or `<`."""
    columns = Tuple(*(F(name) for name in names))
    return (_After if rising else _Before)(columns, place)


class _RowValue(TupleLookupMixin):
    """A comparison of rows that stays one on SQLite too.

    Django writes it there as `a < x OR (a = x AND id < y)`, which reads every row in front of the page.
    """

    lhs: Any
    rhs: Any
    plain: Any

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        """Write `(a, id) < (x, y)`, which SQLite answers from an index (since 3.15)."""
        return super(TupleLookupMixin, self).as_sql(compiler, connection)  # type: ignore[misc]

    def as_databricks(self, compiler: Any, connection: Any) -> Any:
        """Write `a <= x AND (a < x OR (a = x AND id < y))`: files are passed over by the plain range alone."""
        within, params = compiler.compile(self.plain(next(iter(self.lhs)), self.rhs[0]))
        beyond, more = self.get_fallback_sql(compiler, connection)
        return f"({within} AND {beyond})", (*params, *more)


class _After(_RowValue, TupleGreaterThan):
    """Rows behind the given one in rising order."""

    plain = GreaterThanOrEqual


class _Before(_RowValue, TupleLessThan):
    """Rows in front of the given one in rising order."""

    plain = LessThanOrEqual
