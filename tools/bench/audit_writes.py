"""What the index costs whoever writes: rows one by one, each in a transaction, with it and into a bare table."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

from django.db import connections

from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.log_index import sqlite
from tools.bench.audit_log import COLUMNS
from tools.bench.figures import Figure

ROWS = 1_000
TURNS = 2
# Of the speed into a table without any index but its key.
BAR = 0.24
_INSERT = f'INSERT INTO "compliance.audit_log" ({COLUMNS}) VALUES ({", ".join("?" * 17)})'  # noqa: S608 - our own names


def measure() -> list[Figure]:
    """Write to both tables in turn and compare."""
    with connections["warehouse"].cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'compliance.audit_log' AND sql IS NOT NULL")
        statements = [sql for (sql,) in cursor.fetchall()]
    table = next(sql for sql in statements if sql.startswith("CREATE TABLE"))
    speeds: dict[str, list[float]] = {"bare": [], "columns": [], "index": []}
    indexes = [sql for sql in statements if "INDEX" in sql.partition(" ON ")[0]]
    for _ in range(TURNS):
        speeds["bare"].append(_speed([table]))
        speeds["columns"].append(_speed([table, *indexes]))
        speeds["index"].append(_speed([table, *indexes, *sqlite.make()]))
    best = {name: max(found) for name, found in speeds.items()}
    return [
        Figure("rows written with the columns' indexes", best["columns"], "rows/s", baseline=best["bare"]),
        Figure("rows written with the search index too", best["index"], "rows/s", baseline=best["bare"], bar=BAR),
    ]


def _speed(statements: list[str]) -> float:
    """Return how many rows a second go into a new table, each in a transaction of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "log.sqlite3", isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        for statement in statements:
            database.execute(statement)
        rows = [_row(number) for number in range(ROWS)]
        began = time.perf_counter()
        for row in rows:
            database.execute("BEGIN IMMEDIATE")
            database.execute(_INSERT, row)
            database.execute("COMMIT")
        taken = time.perf_counter() - began
        database.close()
    return ROWS / taken


def _row(number: int) -> list[str | None]:
    at = f"2025-03-04 15:{number // 60 % 60:02}:{number % 60:02}.123456"
    student = new_id()
    return [
        new_id(),
        new_id(),
        "teacher",
        "student.viewed",
        "data",
        at,
        "student",
        student,
        f"school-{number % 20}",
        None,
        "Student record viewed",
        "198.51.100.7",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
        "FERPA_A1_SCHOOL_OFFICIAL",
        '{"filters": ["event", "words"], "rows": 50}',
        f'["{student}"]',
        at,
    ]
