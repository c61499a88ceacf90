"""The log's index on PostgreSQL: an inverted index on a function of the row. No table and no trigger of its own.

The database computes the tokens (tokens.py) of every row that anybody writes, gathers statistics about them, and
chooses: a rare token is read from the index, a common one by walking through the log from its newest row.
"""

from __future__ import annotations

from hashlib import md5
from typing import Any

from classwaves_admin.lib.words import LONGEST, SEPARATORS
from classwaves_admin.warehouse.log_index.tokens import LIST_SEPARATORS, MARK, Kind, Token, Wanted

FUNCTION = "compliance.audit_log_tokens"
INDEX = "audit_log_tokens_ix"
# In the order of the function's arguments.
COLUMNS = (
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
# An index entry has to fit on a page: of a longer value it holds the beginning and a fingerprint.
LONGEST_VALUE = 200
_CAPITALS = "".join(chr(ord("A") + place) for place in range(26))


def query(wanted: Wanted) -> str:
    """Return the `tsquery` of rows that the index shall give."""
    asked = " & ".join(_any_of(group) for group in wanted.groups)
    return f"{asked} & !{_any_of(wanted.unwanted)}" if wanted.unwanted else asked


def _any_of(tokens: tuple[Token, ...]) -> str:
    return "(" + " | ".join(map(_lexeme, tokens)) + ")"


def _lexeme(token: Token) -> str:
    text = token.value if token.kind is Kind.WORD else MARK + token.kind + _fitting(token)
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" + (":*" if token.beginning else "")


def _fitting(token: Token) -> str:
    """Return the value as the index has it; `_token` is the same in SQL."""
    value = token.value
    if len(value) <= LONGEST_VALUE:
        return value
    start = value[:LONGEST_VALUE]
    return start if token.beginning else start + md5(value.encode(), usedforsecurity=False).hexdigest()


def _text(value: str) -> str:
    codes = "".join(f"\\{ord(sign):04x}" for sign in value)
    return f"U&'{codes}'"


def _parts(column: str, signs: str) -> str:
    """Return SQL for the parts of a text between the signs, empty ones among them."""
    return f"string_to_array(translate({column}, {_text(signs)}, repeat(' ', {len(signs)})), ' ')"


def _token(kind: Kind, value: str) -> str:
    short = f"left({value}, {LONGEST_VALUE}) || md5({value})"
    return f"{_text(MARK + kind)} || CASE WHEN length({value}) > {LONGEST_VALUE} THEN {short} ELSE {value} END"


def _body() -> str:
    words = _parts(f"translate(description, '{_CAPITALS}', '{_CAPITALS.lower()}')", SEPARATORS)
    students = _parts("affected_student_ids", LIST_SEPARATORS)
    resource = "(resource_type || '/' || resource_id)"
    values = (
        _token(Kind.SCHOOL, "school_id"),
        _token(Kind.EVENT, "event_type"),
        _token(Kind.EVENT_GROUP, "left(event_type, strpos(event_type, '.'))"),
        _token(Kind.CATEGORY, "event_category"),
        _token(Kind.ACTOR, "actor_id"),
        _token(Kind.RESOURCE_TYPE, "resource_type"),
        f"CASE resource_type WHEN 'student' THEN {_token(Kind.STUDENT, 'resource_id')}"
        f" ELSE {_token(Kind.RESOURCE, resource)} END",
        _token(Kind.BASIS, "compliance_basis"),
        _token(Kind.ADDRESS, "ip_address"),
        _token(Kind.SESSION, "session_id"),
    )
    return (
        "SELECT array_to_tsvector(array("
        f"SELECT left(word, {LONGEST + 1}) FROM unnest({words}) AS word WHERE word <> ''"
        f" UNION SELECT value FROM unnest(ARRAY[{', '.join(values)}]) AS value WHERE value IS NOT NULL"
        f" UNION SELECT {_token(Kind.STUDENT, 'student')} FROM unnest({students})"
        " AS student WHERE student <> ''))"
    )


def make() -> list[str]:
    """Return the statements that make the function and the index, which PostgreSQL fills."""
    arguments = ", ".join(f"{column} text" for column in COLUMNS)
    return [
        f"CREATE OR REPLACE FUNCTION {FUNCTION}({arguments}) RETURNS tsvector"
        f" LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100 AS $body$ {_body()} $body$",
        f"CREATE INDEX {INDEX} ON compliance.audit_log USING gin ({FUNCTION}({', '.join(COLUMNS)}))",
        # The planner knows how rare a token is from the statistics of the index.
        "ANALYZE compliance.audit_log",
    ]


def drop() -> list[str]:
    """Return the statements that remove what there is of an index."""
    arguments = ", ".join("text" for _ in COLUMNS)
    return [f"DROP INDEX IF EXISTS compliance.{INDEX}", f"DROP FUNCTION IF EXISTS {FUNCTION}({arguments})"]


def is_there(connection: Any) -> bool:
    """Tell whether the index is there and may be read."""
    connection.ensure_connection()
    sql = "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid"
    return bool(connection.connection.execute(sql, [f"compliance.{INDEX}"]).fetchone()[0] == 1)
