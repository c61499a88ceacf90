"""Pages of a long list by the last row seen, never by a number: the thousandth page costs what the first does.

A cursor is the id of a row and a direction, `after.<id>` or `before.<id>`. The values that the list is
sorted by, which may be names, are read from that row inside the same query and stay out of addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan, TupleLookupMixin

__all__ = ["BadCursor", "Page", "page"]

Row = TypeVar("Row", bound=Model)
# Other services choose ids too: any text, without NUL, which no database takes.
_CURSOR = re.compile(r"(after|before)\.([^\x00]{1,300})")


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

    `order` names columns that are never null and ends with the primary key; `-` in front of each sorts
    newest first (all or none, so that one row comparison does). The columns must not change while
    people page: a row whose value changed is shown again or not at all. Raises BadCursor.
    """
    direction, row_id = _read(cursor)
    backwards = direction == "before"
    falling = order[0].startswith("-")
    names = [name.removeprefix("-") for name in order]
    if direction:
        rows = rows.filter(_beyond(rows.model, names, row_id, rising=falling == backwards))
    found = list(rows.order_by(*(_turned(name) if backwards else name for name in order))[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    return Page(
        found,
        previous=f"before.{found[0].pk}" if (more if backwards else direction) else "",
        next=f"after.{found[-1].pk}" if (backwards or more) else "",
    )


def _read(cursor: str) -> tuple[str, str]:
    if not cursor:
        return "", ""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise BadCursor("This address of a page is not complete.")
    return match[1], match[2]


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _beyond(model: type[Model], names: list[str], row_id: str, *, rising: bool) -> Any:
    """Return the condition `(a, b, id) > (row's a, row's b, row's id)`, or `<`."""
    row = model._default_manager.filter(pk=row_id).order_by()
    values = (*(Subquery(row.values(name)) for name in names[:-1]), row_id)
    columns = Tuple(*(F(name) for name in names))
    return (_After if rising else _Before)(columns, values)


class _RowValue(TupleLookupMixin):
    """A comparison of rows that stays one on SQLite too.

    Django writes it there as `a < x OR (a = x AND id < y)`, which reads every row in front of the page.
    """

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        """Write `(a, id) < (x, y)`, which SQLite answers from an index (since 3.15)."""
        return super(TupleLookupMixin, self).as_sql(compiler, connection)  # type: ignore[misc]


class _After(_RowValue, TupleGreaterThan):
    """Rows behind the given one in rising order."""


class _Before(_RowValue, TupleLessThan):
    """Rows in front of the given one in rising order."""
