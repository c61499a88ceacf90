"""Five million made-up transcripts: two schools, sessions of 200 turns, two years in the order in which they were said.

Their ids begin with their time, as the portal's own do.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.terminal import say

__all__ = ["DAYS", "SCHOOL", "fill", "is_full"]

DAYS = 730
# Turns of one session.
TURNS = 200
SCHOOL = "01a20b7b-cccc-7000-9000-000000000000"
_SESSIONS = """
INSERT INTO "sessions.classroom_sessions" (id, title, status, planned_duration_minutes, max_students,
  target_group_size, auto_group_enabled, teacher_id, school_id, recording_enabled, transcription_enabled,
  ai_analysis_enabled, ferpa_compliant, coppa_compliant, recording_consent_obtained, total_groups, total_students,
  participation_rate, engagement_score, created_at, updated_at)
WITH RECURSIVE made(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM made WHERE n + 1 < :sessions),
  placed AS (SELECT n, datetime(:first + n * :days * 86400 / :sessions, 'unixepoch') || '.123456' AS at FROM made)
SELECT printf('01a20b7b-dddd-7000-9000-%012x', n), 'Lesson', 'ended', 60, 30, 4, 1, 'teacher',
  printf('01a20b7b-cccc-7000-9000-%012x', n % 2), 1, 1, 1, 1, 1, 1, 1, 20, 75, 80, at, at FROM placed
"""
_TURNS = """
INSERT INTO "sessions.transcriptions" (id, session_id, speaker_id, speaker_type, speaker_name, content, language_code,
  start_time, end_time, duration_seconds, confidence_score, is_final, created_at)
WITH RECURSIVE made(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM made WHERE n + 1 < :rows),
  spoken AS (SELECT n, abs(random()) AS chance, :first + (n / :turns) * :days * 86400 / :sessions
    + n % :turns * 10 AS second FROM made),
  placed AS (SELECT n, chance, second * 1000 AS ms, datetime(second, 'unixepoch') || '.123456' AS at FROM spoken)
SELECT printf('%08x-%04x-7%03x-9000-%012x', ms / 65536, ms % 65536, chance % 4096, n),
  printf('01a20b7b-dddd-7000-9000-%012x', n / :turns),
  printf('01a20b7b-eeee-7000-9000-%012x', n / :turns * 20 + chance % 20), 'student', 'Student ' || chance % 20,
  'The river carries the sand to the sea, and the sea carries it back when the wind turns in the evening.',
  'en-US', at, at, 4, 0.95, 1, at FROM placed
"""


def is_full(path: Path, rows: int) -> bool:
    """Tell whether the rows are there."""
    with sqlite3.connect(path) as made:
        found = made.execute('SELECT count(*) FROM "sessions.transcriptions"').fetchone()[0]
    made.close()
    return bool(found == rows)


def fill(path: Path, rows: int) -> None:
    """Make the rows in a migrated warehouse without any, so that the oldest are two years old today."""
    say(f"Making {rows:,} transcripts in {path.parent} ...")
    first = datetime.now(UTC) - timedelta(days=DAYS)
    numbers = {"rows": rows, "sessions": rows // TURNS, "turns": TURNS, "days": DAYS, "first": int(first.timestamp())}
    with sqlite3.connect(path, isolation_level=None) as made:
        made.execute("PRAGMA synchronous = OFF")
        for statement in (_SESSIONS, _TURNS):
            made.execute(statement, {name: value for name, value in numbers.items() if f":{name}" in statement})
        made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()
