"""Rows of the audit log by the million, made by the database itself, as long and as mixed as the portal writes them."""

from __future__ import annotations

from django.db import connections

from classwaves_admin.warehouse.guard import writing

SCHOOLS, STUDENTS, STAFF = 20, 5_000, 500
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
# One row in fifty would calculate in a spreadsheet, a third has a classroom session, half have details.
_SHARED = {
    "actor_type": "'teacher'",
    "event_type": "CASE n % 3 WHEN 0 THEN 'student.viewed' WHEN 1 THEN 'audit.viewed' ELSE 'auth.login' END",
    "event_category": "'data'",
    "resource_type": "'student'",
    "description": "CASE n % 50 WHEN 0 THEN '=cmd ' || n ELSE 'A student''s page was opened: ' || n END",
    "ip_address": "'198.51.100.7'",
    "user_agent": f"'{AGENT}'",
    "compliance_basis": "'FERPA_A1_SCHOOL_OFFICIAL'",
    "data_accessed": """CASE n % 2 WHEN 0 THEN '{"filters": ["event", "words"], "rows": 50}' END""",
}
_NUMBERED = {
    "id": ("dd1f", "n"),
    "actor_id": ("aaaa", f"n % {STAFF}"),
    "resource_id": ("bbbb", f"n % {STUDENTS}"),
    "school_id": ("cccc", f"n % {SCHOOLS}"),
}


def fill(number: int, *, first: int = 0) -> None:
    """Have the warehouse, SQLite or PostgreSQL, make rows `first` to `number`, one each minute since 2024."""
    connection = connections["warehouse"]
    columns = _SHARED | _of_engine(connection.vendor)
    names = ", ".join(f'"{name}"' for name in columns)
    table = connection.ops.quote_name("compliance.audit_log")
    counted = f"SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {number}"  # noqa: S608 - our numbers
    if connection.vendor == "postgresql":
        counted = f"SELECT generate_series({first}, {number - 1})"
    values = ", ".join(columns.values())
    select = f"WITH RECURSIVE numbers(n) AS ({counted}) SELECT {values} FROM numbers"  # noqa: S608 - ours
    with writing(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {select}".replace("%", "%%"), [])


def _of_engine(vendor: str) -> dict[str, str]:
    if vendor == "sqlite":
        number = "printf('%012d', {})"
        moment = "strftime('%Y-%m-%d %H:%M:%S', 1704067200 + n * 60, 'unixepoch') || printf('.%06d', n % 999999 + 1)"
    else:
        number = "lpad(({})::text, 12, '0')"
        moment = "to_timestamp(1704067200 + n * 60) + (n % 999999 + 1) * interval '1 microsecond'"
    ids = {
        name: f"'01a20b7b-{part}-7287-a517-' || {number.format(counted)}" for name, (part, counted) in _NUMBERED.items()
    }
    return {
        **ids,
        "event_timestamp": moment,
        "created_at": moment,
        "session_id": f"CASE n % 3 WHEN 0 THEN '01a20b7b-eeee-7287-a517-' || {number.format('n / 30')} END",
        "affected_student_ids": f"'[\"' || {ids['resource_id']} || '\"]'",
    }
