"""Five million made-up rows of the audit log: 20 schools, 5,000 students and 600 people, two years of school days.

SQLite makes them itself, in the order in which they happened; PostgreSQL gets a copy. They are kept in var/bench
between runs.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from django.db import connections

from audit.events import EVENTS
from classwaves_admin.warehouse import log_index
from classwaves_admin.warehouse.models import AuditLog, School
from tools.bench.audit_rows import DAYS, FIRST
from tools.terminal import say

SCHOOLS, STUDENTS, PEOPLE = 20, 5_000, 600
HOURS_A_DAY = 12
# Every fifth row, and one of 250,000. Every fiftieth would calculate in a spreadsheet.
COMMON, RARE, RARELY = "report", "zeppelin", 250_000
# What happens most, from most to least; the other events share the rest.
USUAL = ("student.viewed", "audit.viewed", "auth.login", "session.analyzed", "transcript.viewed", "consent.viewed")

COLUMNS = (
    "id, actor_id, actor_type, event_type, event_category, event_timestamp, resource_type, resource_id, school_id,"
    " session_id, description, ip_address, user_agent, compliance_basis, data_accessed, affected_student_ids,"
    " created_at"
)
_ROWS = """
INSERT INTO "compliance.audit_log" (:columns)
WITH RECURSIVE made(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM made WHERE n + 1 < :rows),
  picked AS (SELECT n, abs(random()) AS chance, n * :days / :rows AS day, n * :days % :rows AS share FROM made),
  placed AS (SELECT n, chance, chance % 20 AS school, chance / 32 % 30 AS person, chance / 1024 % 250 AS child,
    datetime(:first + day * 86400 + share * :seconds / :rows, 'unixepoch')
    || printf('.%06d', chance / 7 % 1000000) AS at FROM picked)
SELECT printf('01a20b7b-%04x-7%03x-9000-%012x', n / 65536, chance % 4096, n),
  printf('01a20b7b-aaaa-7000-9000-%012x', school * 30 + person),
  'teacher', event.name, event.category, at, 'student',
  printf('01a20b7b-bbbb-7000-9000-%012x', school * 250 + child),
  printf('01a20b7b-cccc-7000-9000-%012x', school), NULL,
  CASE WHEN n % 50 = 0 THEN '=' ELSE '' END || event.label || CASE WHEN n % 5 = 0 THEN ' for a :common' ELSE '' END
    || CASE WHEN n % :rarely = 77 THEN ' :rare' ELSE '' END,
  '198.51.100.' || (person + 1),
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36',
  'FERPA_A1_SCHOOL_OFFICIAL', '{"filters": ["event", "words"], "rows": 50}',
  printf('["01a20b7b-bbbb-7000-9000-%012x"]', school * 250 + child), at
FROM placed JOIN temp.event ON event.number = chance / 3 % :kinds
"""


def schools() -> list[School]:
    """Return the schools of the log, with their ids alone."""
    return [School(id=school(number)) for number in range(SCHOOLS)]


def school(number: int) -> str:
    """Return the id of one of the schools."""
    return f"01a20b7b-cccc-7000-9000-{number:012x}"


def student(number: int) -> str:
    """Return the id of one of the students; the first 250 are of school 0."""
    return f"01a20b7b-bbbb-7000-9000-{number:012x}"


def fill(folder: Path, rows: int) -> None:
    """Make the rows and their index in a migrated warehouse without rows. The folder is its own where it is SQLite."""
    say(f"Making {rows:,} rows in {folder} ...")
    began = time.monotonic()
    warehouse = connections["warehouse"]
    with warehouse.schema_editor() as editor:
        log_index.drop(editor)
    warehouse.close()
    path = folder / ("warehouse.sqlite3" if warehouse.vendor == "sqlite" else "rows.sqlite3")
    with sqlite3.connect(path, isolation_level=None) as made:
        if warehouse.vendor != "sqlite":
            made.execute(f'CREATE TABLE "{AuditLog._meta.db_table}" ({COLUMNS})')
        _fill(made, rows)
        if warehouse.vendor != "sqlite":
            _copy(made)
    made.close()
    say(f"  rows in {time.monotonic() - began:,.0f} s; now their index ...")
    with warehouse.schema_editor() as editor:
        log_index.make(editor)
    say(f"  all in {time.monotonic() - began:,.0f} s")


def _copy(made: sqlite3.Connection) -> None:
    """Copy the rows into PostgreSQL as they are."""
    rows = made.execute(f'SELECT {COLUMNS} FROM "{AuditLog._meta.db_table}"')  # noqa: S608 - our own names
    with connections["warehouse"].cursor() as cursor:
        with cursor.copy(f"COPY compliance.audit_log ({COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("VACUUM ANALYZE compliance.audit_log")


def _fill(made: sqlite3.Connection, rows: int) -> None:
    made.execute("PRAGMA synchronous = OFF")
    made.execute("PRAGMA cache_size = -200000")
    usual = [name for place, name in enumerate(USUAL) for _ in range(2 ** (len(USUAL) - place))]
    names = [*usual, *EVENTS]
    made.execute("CREATE TEMP TABLE event (number INTEGER PRIMARY KEY, name TEXT, category TEXT, label TEXT)")
    kinds = [(place, name, str(EVENTS[name].category), str(EVENTS[name].label)) for place, name in enumerate(names)]
    made.executemany("INSERT INTO temp.event VALUES (?, ?, ?, ?)", kinds)
    values = {
        "rows": rows,
        "days": DAYS,
        "seconds": HOURS_A_DAY * 3_600,
        "first": int(FIRST.timestamp()),
        "rarely": RARELY,
        "kinds": len(kinds),
    }
    made.execute("BEGIN")
    made.execute(_ROWS.replace(":columns", COLUMNS).replace(":common", COMMON).replace(":rare'", f"{RARE}'"), values)
    made.execute("COMMIT")


def is_full(rows: int) -> bool:
    """Tell whether the log holds the rows already, and its index; what runs have added since does not count."""
    place = AuditLog.objects.filter(pk__startswith="01a20b7b-").order_by("event_timestamp", "id")
    return log_index.is_there(connections["warehouse"]) and place[rows - 1 : rows].exists()
