"""The log's index on SQLite: one FTS5 table in the order of time, kept by triggers whoever writes.

Full-text search gives rows by their number, newest first, in a fraction of a millisecond; sorting its answer by a
column of another table takes seconds. So the numbers are given by time: the second of the event, shifted by
ROOM bits, plus the next free place in that second. A late row gets its place among its contemporaries. Rows of
one second are sorted when they are read.

- `audit_log_places`: number -> id of the row. The log's own `rowid` may change when SQLite vacuums.
- `audit_log_words`: the tokens (tokens.py) of each row. No text is kept, only which row has which token.
- `audit_log_hours`: how many rows a school has in each hour.
- `audit_log_replaced`: a row that an insert under its id may be about to remove, with its tokens. SQLite tells of
  no row that `INSERT OR REPLACE` removes, unless whoever writes has asked for it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from classwaves_admin.lib.words import TYPOGRAPHIC_SEPARATORS
from classwaves_admin.warehouse.log_index.tokens import LIST_SEPARATORS, MARK, Kind, Token, Wanted

LOG = '"compliance.audit_log"'
ROOM = 24
WITHIN_SECOND = (1 << ROOM) - 1
LAST_NUMBER = 2**63 - 1
HOUR = 3_600
NUMBERS = "SELECT rowid FROM audit_log_words WHERE audit_log_words MATCH %s AND rowid BETWEEN %s AND %s"
COUNTED = f"(SELECT count(*) FROM ({NUMBERS} LIMIT %s))"
IDS = f"SELECT id FROM audit_log_places WHERE number IN ({NUMBERS})"
# The rows of spans of hours, first and last, in their order, of schools that are `among` those that count.
SUMS = """
WITH RECURSIVE
  schools (school_id) AS (
    SELECT min(school_id) FROM audit_log_hours
    UNION ALL
    SELECT (SELECT min(school_id) FROM audit_log_hours AS next WHERE next.school_id > schools.school_id)
    FROM schools WHERE school_id IS NOT NULL),
  spans (place, first, last) AS (VALUES {spans})
SELECT coalesce((
  SELECT sum((SELECT sum(rows) FROM audit_log_hours AS one
    WHERE one.school_id = schools.school_id AND hour BETWEEN first AND last))
  FROM schools WHERE {among}), 0)
FROM spans ORDER BY place
"""
_YEAR_0 = 62_167_219_200  # seconds from the year 0 to 1970: numbers stay positive
_1970 = datetime(1970, 1, 1, tzinfo=UTC)

# Signs of ids and names that are part of a token; `-` is last, where a set of GLOB wants it.
SIGNS = "_.:@+/-"
# The portal's own ids: letters of hexadecimal numbers and hyphens.
_OF_IDS = "0123456789abcdef-"

TABLES = ("audit_log_places", "audit_log_words", "audit_log_hours", "audit_log_replaced")
SHADOWS = tuple(f"audit_log_words_{name}" for name in ("config", "data", "idx"))
TRIGGERS = ("audit_log_indexed", "audit_log_reindexed", "audit_log_unindexed", "audit_log_remembered")
_SIGNS_AT_ONCE = 10
_COLUMNS = (
    "id",
    "event_timestamp",
    "description",
    "school_id",
    "event_type",
    "event_category",
    "actor_id",
    "resource_type",
    "resource_id",
    "compliance_basis",
    "ip_address",
    "session_id",
    "affected_student_ids",
)


def number_of(moment: datetime) -> int:
    """Return the first number of the moment's second."""
    return ((moment - _1970) // timedelta(seconds=1) + _YEAR_0) << ROOM


def nth(connection: Any, wanted: Wanted, n: int, beyond: int, end: int) -> int | None:
    """Return the n-th number beyond one and up to the end, rising or falling; None where there are fewer."""
    sql = "SELECT rowid FROM audit_log_words WHERE audit_log_words MATCH ? AND rowid "
    if beyond < end:
        sql += "> ? AND rowid <= ? ORDER BY rowid LIMIT 1 OFFSET ?"
    else:
        sql += "< ? AND rowid >= ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
    connection.ensure_connection()
    found = connection.connection.execute(sql, [query(wanted), beyond, end, n - 1]).fetchone()
    return int(found[0]) if found else None


def query(wanted: Wanted) -> str:
    """Return what `MATCH` of the index takes."""
    asked = " AND ".join(_any_of(group) for group in wanted.groups)
    return f"({asked}) NOT {_any_of(wanted.unwanted)}" if wanted.unwanted else asked


def _any_of(tokens: tuple[Token, ...]) -> str:
    return "(" + " OR ".join(map(_form, tokens)) + ")"


def _form(token: Token) -> str:
    """Return the token as the query has it: words as they are, values as `_token` writes them."""
    value = token.value.encode("utf-8", "surrogatepass").hex() if token.kind else token.value
    return f'"{MARK if token.kind else ""}{token.kind}{value}"{" *" if token.beginning else ""}'


def numbers(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """Return the first and the last number of a period: all of the seconds at its edges."""
    first = number_of(since) if since else 0
    if until is None:
        return first, LAST_NUMBER
    second = number_of(until)
    return first, second | WITHIN_SECOND if until.microsecond else second - 1


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _with_spaces(column: str, signs: str) -> str:
    """Return SQL for the column with a space in the place of each of the signs.

    A few at a time: SQLite's parser takes no deeper calls.
    """
    for start in range(0, len(signs), _SIGNS_AT_ONCE):
        replaced = "part"
        for sign in signs[start : start + _SIGNS_AT_ONCE]:
            replaced = f"replace({replaced}, char({ord(sign)}), ' ')"
        column = f"(SELECT {replaced} FROM (SELECT {column} AS part))"
    return column


def _token(kind: Kind, value: str) -> str:
    """Return SQL for a token of the value with a space in front; nothing for NULL.

    As hexadecimal digits: other services choose ids too, in any script, and looking whether a value could stand as
    it is takes ten times longer. The index folds capitals, hexadecimal ones too.
    """
    return f"CASE WHEN {value} IS NULL THEN '' ELSE {_text(f' {MARK}{kind}')} || hex({value}) END"


def _students(row: str) -> str:
    """Return SQL for the tokens of all ids in the list of students, be it JSON or not."""
    column = f"{row}.affected_student_ids"
    ids = f"'[' || replace(json_quote({_with_spaces(column, LIST_SEPARATORS)}), ' ', '\",\"') || ']'"
    any_list = f"SELECT group_concat({_token(Kind.STUDENT, 'value')}, '') FROM json_each({ids}) WHERE value <> ''"
    # A list of one id of ours needs no parser.
    inner = f"substr({column}, 3, length({column}) - 4)"
    is_one = f"""{column} LIKE '["_%"]' AND trim({inner}, {_text(_OF_IDS)}) = ''"""
    one = _token(Kind.STUDENT, inner)
    return f"CASE WHEN {column} IS NULL THEN '' WHEN {is_one} THEN {one} ELSE coalesce(({any_list}), '') END"


def _document(row: str) -> str:
    """Return SQL for the tokens of a row."""
    dot = f"instr({row}.event_type, '.')"
    spaced = _with_spaces(f"{row}.description", SIGNS + TYPOGRAPHIC_SEPARATORS)
    resource = f"{row}.resource_type || '/' || {row}.resource_id"
    tokens = (
        f"CASE WHEN {row}.description NOT GLOB '*[^a-zA-Z0-9 ]*' THEN {row}.description ELSE {spaced} END",
        _token(Kind.SCHOOL, f"{row}.school_id"),
        _token(Kind.EVENT, f"{row}.event_type"),
        _token(Kind.EVENT_GROUP, f"substr({row}.event_type, 1, {dot})"),
        _token(Kind.CATEGORY, f"{row}.event_category"),
        _token(Kind.ACTOR, f"{row}.actor_id"),
        _token(Kind.RESOURCE_TYPE, f"{row}.resource_type"),
        f"CASE {row}.resource_type WHEN 'student' THEN {_token(Kind.STUDENT, f'{row}.resource_id')}"
        f" ELSE {_token(Kind.RESOURCE, f'({resource})')} END",
        _token(Kind.BASIS, f"{row}.compliance_basis"),
        _token(Kind.ADDRESS, f"{row}.ip_address"),
        _token(Kind.SESSION, f"{row}.session_id"),
        _students(row),
    )
    return " || ".join(f"({part})" for part in tokens)


def _second(row: str) -> str:
    """Return SQL for the first number of the row's second; a text that is no time is in the year 0."""
    seconds = f"CAST(strftime('%s', substr({row}.event_timestamp, 1, 19)) AS INTEGER)"
    return f"coalesce(({seconds} + {_YEAR_0}) << {ROOM}, 0)"


def _hour(row: str) -> str:
    """Return SQL for the row's hour, counted from the year 0."""
    return f"({_second(row)} >> {ROOM}) / {HOUR}"


def _number(row: str) -> str:
    """Return SQL for the number that a row has."""
    return f"(SELECT number FROM audit_log_places WHERE {_in_second(row)} AND audit_log_places.id = {row}.id)"


def _in_second(row: str) -> str:
    second = _second(row)
    return f"number BETWEEN {second} AND {second} + {WITHIN_SECOND}"


def _put(row: str) -> str:
    free = f"(SELECT max(number) + 1 FROM audit_log_places WHERE {_in_second(row)})"
    return f"""
  INSERT INTO audit_log_places (number, id) VALUES (coalesce({free}, {_second(row)}), {row}.id);
  INSERT INTO audit_log_words (rowid, document) VALUES (last_insert_rowid(), {_document(row)});
  INSERT INTO audit_log_hours (school_id, hour, rows) VALUES ({row}.school_id, {_hour(row)}, 1)
    ON CONFLICT DO UPDATE SET rows = rows + 1;"""


def _take(row: str) -> str:
    return f"""
  INSERT INTO audit_log_words (audit_log_words, rowid, document)
    SELECT 'delete', number, {_document(row)} FROM (SELECT {_number(row)} AS number) WHERE number IS NOT NULL;
  DELETE FROM audit_log_places WHERE number = {_number(row)};
  UPDATE audit_log_hours SET rows = rows - 1 WHERE school_id = {row}.school_id AND hour = {_hour(row)};"""


def _remember() -> str:
    """Return SQL that puts the row under the new one's id aside: an insert may remove it, keep it, or fail."""
    return f"""
  DELETE FROM audit_log_replaced;
  INSERT INTO audit_log_replaced (id, number, document, school_id, hour)
    SELECT old.id, {_number("old")}, {_document("old")}, old.school_id, {_hour("old")}
    FROM {LOG} AS old WHERE old.id = NEW.id;"""


def _take_remembered() -> str:
    """Return SQL that takes what the insert has removed out of the index."""
    number = "(SELECT number FROM audit_log_replaced WHERE id = NEW.id)"
    return f"""
  INSERT INTO audit_log_words (audit_log_words, rowid, document)
    SELECT 'delete', number, document FROM audit_log_replaced WHERE id = NEW.id AND number IS NOT NULL;
  DELETE FROM audit_log_places WHERE number = {number};
  UPDATE audit_log_hours SET rows = rows - 1
    WHERE (school_id, hour) = (SELECT school_id, hour FROM audit_log_replaced WHERE id = NEW.id);"""


def make() -> list[str]:
    """Return the statements that make the index, fill it from the log, and keep it from then on."""
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in _COLUMNS)
    place = f"{_second('log')} + row_number() OVER (PARTITION BY {_second('log')} ORDER BY event_timestamp, id) - 1"
    return [
        "CREATE TABLE audit_log_places (number INTEGER PRIMARY KEY, id TEXT NOT NULL)",
        "CREATE VIRTUAL TABLE audit_log_words USING fts5"
        f"(document, content = '', detail = none, columnsize = 0, tokenize = \"ascii tokenchars '{SIGNS}'\")",
        # Fewer, larger merges: whoever writes one row waits less, and a search has a few more places to look.
        "INSERT INTO audit_log_words (audit_log_words, rank) VALUES ('automerge', 8)",
        "CREATE TABLE audit_log_hours"
        " (school_id TEXT NOT NULL, hour INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (school_id, hour))"
        " WITHOUT ROWID",
        "CREATE TABLE audit_log_replaced"
        " (id TEXT NOT NULL, number INTEGER, document TEXT NOT NULL, school_id TEXT NOT NULL, hour INTEGER NOT NULL)",
        f"INSERT INTO audit_log_places (number, id) SELECT {place}, id FROM {LOG} AS log ORDER BY 1",
        f"INSERT INTO audit_log_words (rowid, document) SELECT number, {_document('log')}"
        f" FROM audit_log_places CROSS JOIN {LOG} AS log ON log.id = audit_log_places.id ORDER BY number",
        "INSERT INTO audit_log_hours (school_id, hour, rows)"
        f" SELECT school_id, {_hour('log')}, count(*) FROM {LOG} AS log GROUP BY 1, 2",
        f"CREATE TRIGGER {TRIGGERS[0]} AFTER INSERT ON {LOG} BEGIN{_take_remembered()}{_put('NEW')}\nEND",
        f"CREATE TRIGGER {TRIGGERS[1]} AFTER UPDATE ON {LOG} WHEN {changed} BEGIN{_take('OLD')}{_put('NEW')}\nEND",
        f"CREATE TRIGGER {TRIGGERS[2]} AFTER DELETE ON {LOG} BEGIN{_take('OLD')}"
        "\n  DELETE FROM audit_log_replaced;\nEND",
        f"CREATE TRIGGER {TRIGGERS[3]} BEFORE INSERT ON {LOG} BEGIN{_remember()}\nEND",
    ]


def drop() -> list[str]:
    """Return the statements that remove what there is of an index."""
    return [f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS] + [f"DROP TABLE IF EXISTS {name}" for name in TABLES]


def is_there(connection: Any) -> bool:
    """Tell whether the index is whole. Django copies a table to change it, and the copy has no triggers."""
    connection.ensure_connection()
    names = (*TABLES, *TRIGGERS)
    sql = f"SELECT count(*) FROM sqlite_master WHERE name IN ({', '.join('?' * len(names))})"
    return bool(connection.connection.execute(sql, names).fetchone()[0] == len(names))
