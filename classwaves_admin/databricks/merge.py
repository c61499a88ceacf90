"""Rows as one JSON parameter, and the statements that read them. Pure functions.

A statement takes at most 255 parameters and 1 MB of values, so many rows travel as one JSON array of
objects, keyed by column name, which the warehouse takes apart with `from_json`. FAILFAST makes it refuse
what does not fit, where it would otherwise write NULL. Timestamps, dates and decimals travel as text and
are cast: numbers and times of JSON lose digits.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

__all__ = [
    "LIMIT",
    "filled",
    "insert_sql",
    "json_arrays",
    "json_object",
    "matched",
    "merge_sql",
    "rows_sql",
    "text_literal",
    "within_limit",
]

# Bytes of one JSON array: the warehouse takes 1 MB of values, and the rest of the message needs room.
LIMIT = 900_000
# Types that from_json reads as they are; the others travel as text and are cast.
_PLAIN = frozenset({"STRING", "BOOLEAN", "INT", "BIGINT", "SMALLINT", "DOUBLE", "FLOAT", "MAP", "ARRAY"})
_PLACEHOLDER = re.compile("%[%s]")

Quote = Callable[[str], str]
Column = tuple[str, str]
Span = tuple[str, str]
# Texts of a span, such as UUIDs, that stand in a statement as they are and that every collation sorts alike.
_SAFE = re.compile(r"[a-z0-9-]{1,64}")


def merge_sql(
    quote_name: Quote,
    table: str,
    columns: Sequence[Column],
    *,
    keys: Sequence[str],
    update: Sequence[str] = (),
    insert: bool = True,
    span: Span | None = None,
) -> str:
    """Return a MERGE of the rows in its one `%s` into `table`: sent again, it changes nothing.

    `columns` are (name, type) of all that a row holds. A row whose `keys` are there gets the columns of
    `update`; another is added if `insert`. No two rows of one statement may have the same keys: the
    warehouse would add both, or fail. `span` is the least and the greatest value of the first key in the rows:
    the warehouse then skips files of the table that hold none between. Raises ValueError where it would do nothing.
    """
    if not update and not insert:
        raise ValueError("A MERGE that neither updates nor inserts does nothing.")
    names = [quote_name(name) for name, _ in columns]
    on = matched(quote_name, keys, span)
    parts = [f"MERGE INTO {quote_name(table)} t USING ({rows_sql(quote_name, columns)}) s ON {on}"]
    if update:
        changes = ", ".join(f"t.{quote_name(name)} = s.{quote_name(name)}" for name in update)
        parts.append(f"WHEN MATCHED THEN UPDATE SET {changes}")
    if insert:
        values = ", ".join(f"s.{name}" for name in names)
        parts.append(f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({values})")  # noqa: S608 - names only
    return " ".join(parts)


def matched(quote_name: Quote, keys: Sequence[str], span: Span | None = None) -> str:
    """Return the condition under which a row of the table, `t`, is one of ours, `s`; see `merge_sql`."""
    parts = [f"t.{quote_name(key)} = s.{quote_name(key)}" for key in keys]
    if span is not None and all(_SAFE.fullmatch(value) for value in span):
        first = f"t.{quote_name(keys[0])}"
        parts += [f"{first} >= '{span[0]}'", f"{first} <= '{span[1]}'"]
    return " AND ".join(parts)


def insert_sql(quote_name: Quote, table: str, columns: Sequence[Column]) -> str:
    """Return an INSERT of the rows in its one `%s`. Sent again, it adds them again."""
    names = ", ".join(quote_name(name) for name, _ in columns)
    return f"INSERT INTO {quote_name(table)} ({names}) {rows_sql(quote_name, columns)}"


def rows_sql(quote_name: Quote, columns: Sequence[Column]) -> str:
    """Return a SELECT of the rows of a JSON array, its one `%s`, with the columns in their types."""
    wire, values = [], []
    for name, db_type in columns:
        plain = db_type.partition("(")[0].partition("<")[0].upper()
        quoted = quote_name(name)
        # Backticks: the names stand in a text that the warehouse reads as types.
        wire.append(f"{quoted}:{db_type if plain in _PLAIN else 'STRING'}")
        values.append(f"{_value(f'r.{quoted}', db_type, plain)} AS {quoted}")
    struct = text_literal(f"ARRAY<STRUCT<{','.join(wire)}>>")
    read = f"explode(from_json(%s, {struct}, map('mode', 'FAILFAST')))"
    return f"SELECT {', '.join(values)} FROM (SELECT {read} AS r)"  # noqa: S608 - names are quoted, values a parameter


def _value(read: str, db_type: str, plain: str) -> str:
    if plain in _PLAIN:
        return read
    return f"unhex({read})" if plain == "BINARY" else f"CAST({read} AS {db_type})"


def json_object(row: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return one row (or a value of a MAP or ARRAY column) as JSON, ready for `json_arrays`.

    Raises TypeError for a value that has no form there, and ValueError for a NaN or infinite Decimal.
    """
    return json.dumps(row, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("A decimal must be a finite number.")
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    raise TypeError(f"{type(value).__name__} has no form in a row of the warehouse.")


def json_arrays(rows: Iterable[str], limit: int = LIMIT) -> Iterator[str]:
    """Join JSON objects, in order, into arrays of at most `limit` bytes of UTF-8.

    An object that alone is larger comes alone, in an array over the limit: see `filled`.
    """
    chunk: list[str] = []
    size = 1
    for row in rows:
        more = _bytes(row) + 1
        if chunk and size + more > limit:
            yield f"[{','.join(chunk)}]"
            chunk, size = [], 1
        chunk.append(row)
        size += more
    if chunk:
        yield f"[{','.join(chunk)}]"


def filled(sql: str, array: str, limit: int = LIMIT) -> tuple[str, tuple[Any, ...]]:
    """Return the statement and its parameters for one array of `json_arrays`.

    An array over the limit of parameters stands in the statement itself, as base64: nothing in it needs
    escaping, and the warehouse finds no `${variable}` to replace. The parameters are then empty, not None: the
    cursor still halves doubled percent signs.
    """
    return within_limit(sql, (array,), limit)


def within_limit(
    sql: str, params: Sequence[Any], limit: int = LIMIT, *, most: int | None = None
) -> tuple[str, tuple[Any, ...]]:
    """Return the statement with its longest texts moved into it, as `filled` does, until the rest is within `limit`.

    No more than `most` parameters are left either, where enough of them are texts.
    """
    sizes = [_bytes(value) if isinstance(value, str) else 0 for value in params]
    moved: set[int] = set()
    surplus = 0 if most is None else len(params) - most
    while (sum(sizes) > limit or len(moved) < surplus) and max(sizes) > 0:
        longest = sizes.index(max(sizes))
        moved.add(longest)
        sizes[longest] = 0
    if not moved:
        return sql, tuple(params)
    numbers = iter(range(len(params)))

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%" or (number := next(numbers)) not in moved:
            return found[0]
        return _base64(params[number])

    kept = tuple(value for number, value in enumerate(params) if number not in moved)
    return _PLACEHOLDER.sub(place, sql), kept


def _base64(text: str) -> str:
    return f"CAST(unbase64('{b64encode(text.encode()).decode()}') AS STRING)"


def text_literal(text: str) -> str:
    """Return the text as a literal of Databricks SQL: backslash escapes, as its parser reads them by default."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
