"""SQLite's index of the log is the same as one made anew, whatever statements other services write with."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from classwaves_admin.warehouse import log_index
from tests.warehouse import log_of_all_sorts as sorts

pytestmark = pytest.mark.warehouse

COLUMNS = (
    "id, event_timestamp, description, school_id, affected_student_ids, event_type, event_category, actor_id,"
    " actor_type, resource_type, created_at"
)
INTO = f'INTO "compliance.audit_log" ({COLUMNS}) VALUES {{}}'
SAME = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", "))
WAYS = {
    "insert": f"INSERT {INTO}",
    "or replace": f"INSERT OR REPLACE {INTO}",
    "or ignore": f"INSERT OR IGNORE {INTO}",
    "upsert": f"INSERT {INTO} ON CONFLICT DO UPDATE SET {SAME}",
    "keep": f"INSERT {INTO} ON CONFLICT DO NOTHING",
}
ROWS = st.tuples(
    st.sampled_from(("a", "b", "c")),
    st.sampled_from(("2025-03-04 15:00:00", "2025-03-04 15:00:00.5", "2025-03-04 16:00:00", "1970-01-01 00:00:00")),
    st.sampled_from(sorts.TEXTS),
    st.sampled_from(sorts.SCHOOLS),
    st.sampled_from((*sorts.LISTS, '["0af-1"]', '["0af-1", "s1"]', '["', '["]', '[""]', '["a", "0"]')),
)
STEPS = st.one_of(
    st.tuples(st.sampled_from(sorted(WAYS)), st.lists(ROWS, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(("update", "delete")), st.lists(ROWS, min_size=1, max_size=1)),
)


@pytest.fixture
def log(complete_warehouse: BaseDatabaseWrapper) -> Any:
    """Give SQLite's own connection, as another service has one."""
    if complete_warehouse.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its index itself")
    complete_warehouse.ensure_connection()
    return complete_warehouse.connection


def take(log: Any, way: str, rows: list[tuple[str | None, ...]]) -> None:
    """Do one statement; one that breaks the key changes nothing."""
    if way in WAYS:
        whole = [(*row, "student.viewed", "data", "t", "teacher", "student", row[1]) for row in rows]
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in whole)
        try:
            log.execute(WAYS[way].format(places), [value for row in whole for value in row])
        except sqlite3.IntegrityError:
            assert way == "insert"
    elif way == "delete":
        log.execute('DELETE FROM "compliance.audit_log" WHERE id = ?', rows[0][:1])
    else:
        changed = "event_timestamp = ?, description = ?, school_id = ?, affected_student_ids = ?"
        log.execute(f'UPDATE "compliance.audit_log" SET {changed} WHERE id = ?', (*rows[0][1:], rows[0][0]))  # noqa: S608 - our own names


def held(log: Any) -> tuple[list[Any], list[Any], int]:
    """Return the tokens of each row, the rows of each hour, and how many numbers there are."""
    log.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.held USING fts5vocab(main, audit_log_words, instance)")
    tokens = log.execute("SELECT term, id FROM temp.held LEFT JOIN audit_log_places ON number = doc ORDER BY 1, 2")
    hours = log.execute("SELECT school_id, hour, rows FROM audit_log_hours WHERE rows <> 0 ORDER BY 1, 2")
    (numbers,) = log.execute("SELECT count(*) FROM audit_log_places").fetchone()
    return tokens.fetchall(), hours.fetchall(), numbers


@pytest.mark.parametrize("recursive", [False, True])
def test_whatever_is_written_the_index_knows(log: Any, recursive: bool) -> None:
    """After inserts that replace, ignore or update, changes and deletions: tokens and hours are those of the rows."""

    @settings(
        max_examples=settings().max_examples * 4 // 5,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(steps=st.lists(STEPS, min_size=1, max_size=8))
    def kept(steps: list[tuple[str, list[tuple[str | None, ...]]]]) -> None:
        log.execute('DELETE FROM "compliance.audit_log"')
        for way, rows in steps:
            take(log, way, rows)
        known = held(log)
        with connections["warehouse"].schema_editor() as editor:
            log_index.make(editor)
        assert known == held(log)

    log.execute(f"PRAGMA recursive_triggers = {recursive:d}")
    kept()
