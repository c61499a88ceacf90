"""The fast ways out of SQLite and PostgreSQL: whatever other services wrote comes as it is, in order, or is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.exports import at_once
from audit.exports.at_once import HELD_BYTES
from audit.exports.formats import Format
from audit.exports.writing import RowsChanged
from classwaves_admin.lib.arrow_csv import csv_rows
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import arrow
from classwaves_admin.warehouse.arrow import rows as slow_way
from classwaves_admin.warehouse.arrow import sqlite
from classwaves_admin.warehouse.copied_csv import Copied, can_copy, copied
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import AuditLog
from tests.factories import catalog as make

pytestmark = pytest.mark.warehouse
TEXTS = ["", " ", "=1+1", 'say "hi", twice', "a\r\nb\nc", "漢字 🇺🇸 \u202e", "\ufeff", "\\N", "\\.", "x" * 10_000]


@pytest.fixture(autouse=True)
def _everything(complete_warehouse: BaseDatabaseWrapper) -> Iterator[None]:
    with system_scope(reason="test"):
        yield


@pytest.fixture
def no_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every statement for one of many rows; fail where these would be made into columns one by one."""
    monkeypatch.setattr(sqlite, "batches", sqlite.by_driver)

    def refused(*args: object) -> None:
        pytest.fail("not the fast way")

    monkeypatch.setattr(slow_way, "batches", refused)


def found(names: list[str], size: int = 3, **filters: Any) -> list[dict[str, Any]]:
    """Return what comes in batches, newest first."""
    queryset = AuditLog.objects.filter(**filters).order_by("-event_timestamp", "-id")
    return [row for batch in arrow.batches(queryset, names, size=size) for row in batch.to_pylist()]


def only_sqlite(connection: BaseDatabaseWrapper) -> None:
    """Skip where the engine itself refuses what the test writes."""
    if connection.vendor != "sqlite":
        pytest.skip("the engine itself refuses such a value")


@pytest.mark.usefixtures("no_slow_way")
def test_other_statements_run_between_two_batches(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Whoever reads batches may ask and write meanwhile, on the same thread: an export notes itself in the log."""
    for number in range(6):
        make.audit_row(id=f"row-{number}", event_timestamp=datetime(2025, 3, number + 1, tzinfo=UTC))
    batches = arrow.batches(AuditLog.objects.order_by("event_timestamp", "id"), ["id"], size=2)
    first = next(batches).num_rows
    assert AuditLog.objects.count() == 6
    make.audit_row(id="later", event_timestamp=datetime(2025, 4, 1, tzinfo=UTC))
    assert first + sum(batch.num_rows for batch in batches) == 6


# What a connection holds in the shared memory of a SQLite file as long as it is open (os_unix.c, UNIX_SHM_DMS).
HELD = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)"


@pytest.mark.usefixtures("no_slow_way")
def test_reading_leaves_the_locks_of_this_process(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A second SQLite in one process takes the locks of the first away, and cuts its memory: it reads elsewhere."""
    if complete_warehouse.vendor != "sqlite":
        pytest.skip("only SQLite has its locks in files")
    make.audit_row()
    assert len(found(["id"])) == 1
    memory = f"{complete_warehouse.settings_dict['NAME']}-shm"
    asked = subprocess.run([sys.executable, "-c", HELD, memory], capture_output=True, text=True, check=False)
    assert "BlockingIOError" in asked.stderr
    assert "adbc_driver_sqlite" not in sys.modules


def test_a_reader_that_does_not_start_costs_no_row(
    complete_warehouse: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the process that reads ends at once, the rows come by Django's cursor."""
    if complete_warehouse.vendor != "sqlite":
        pytest.skip("only SQLite is read by another process")
    monkeypatch.setattr(sqlite, "batches", sqlite.by_driver)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    words = "x" * 2 * sqlite.PIPE_BYTES  # more than can be on its way
    row = make.audit_row(description=words)
    assert found(["id"], description=words) == [{"id": row.id}]


@pytest.mark.usefixtures("no_slow_way")
def test_rows_come_as_django_reads_them_in_order(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Text of any kind and NULL stay apart, also where the first batches of a column hold nothing but NULL."""
    for number, text in enumerate(TEXTS):
        day = datetime(1970 + 13 * number, 3, 4, 15, 0, 0, number, tzinfo=UTC)
        make.audit_row(event_timestamp=day, description=text, session_id=text if number < 3 else None)
    names = ["id", "event_timestamp", "description", "session_id"]
    rows = found(names)
    assert rows == list(AuditLog.objects.order_by("-event_timestamp", "-id").values(*names))
    assert [row["description"] for row in rows] == TEXTS[::-1]


RISKY = [
    "=1",
    " =1",
    "\u00a0 -1",
    "+",
    "-",
    "@a",
    "\ta",
    "\ra",
    "\na",
    "＝1",
    "＋",
    "－",
    "＠",
    "a=1",
    "5",
    " 5",
    "'=1",
]


def test_the_servers_own_csv_is_the_same_file(complete_warehouse: BaseDatabaseWrapper) -> None:
    """What PostgreSQL writes by itself is, byte for byte, what is made of columns: quotes, NULL, moments, formulas."""
    for number, text in enumerate([*TEXTS, *RISKY]):
        day = datetime(1970 + 5 * number, 3, 4, 15, 0, 0, number * 10 ** (number % 5), tzinfo=UTC)
        make.audit_row(event_timestamp=day, description=text, session_id=text if number % 3 else None)
    names = [field.attname for field in AuditLog.columns()]
    rows = AuditLog.objects.filter(event_timestamp__gte=datetime(1971, 1, 1, tzinfo=UTC))
    rows = rows.exclude(description="100 % 'sure'").order_by("-event_timestamp", "-id")
    if complete_warehouse.vendor != "postgresql":
        assert not can_copy(rows, names)
        return
    assert can_copy(rows, names)
    told = Copied()
    theirs = b"".join(copied(rows, names, told=told))
    ours = b"".join(csv_rows(batch) for batch in arrow.batches(rows, names))
    assert theirs == ours
    assert told.rows == rows.count() == len(TEXTS) + len(RISKY) - 1
    assert b"".join(copied(rows.none(), names, told=told)) == b""


@pytest.mark.parametrize("held", [0, HELD_BYTES], ids=["streamed", "whole"])
def test_a_file_handed_over_at_once_knows_its_rows(
    complete_warehouse: BaseDatabaseWrapper, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On either engine: the right number passes, and a wrong one breaks off where the file was not whole before."""
    monkeypatch.setattr(at_once, "HELD_BYTES", held)
    make.audit_row(description="=1")
    make.audit_row()
    rows = AuditLog.objects.all()
    counted = rows.count()
    taken, content = at_once.take(rows, Format.CSV, counted=counted)
    file = b"".join(content).decode("utf-8-sig")
    assert (taken.rows, taken.whole) == (counted, bool(held))
    assert taken.sha256 == sha256_hex(("\ufeff" + file).encode())
    assert '"\'=1"' in file
    taken, content = at_once.take(rows, Format.CSV, counted=counted + 1)
    with nullcontext() if held else pytest.raises(RowsChanged):
        list(content)


@pytest.mark.usefixtures("no_slow_way")
def test_parameters_are_bound(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A search for a quote, a percent sign or a moment finds its row and nothing else."""
    row = make.audit_row(description="100 % 'sure'", event_timestamp=datetime(2025, 3, 4, tzinfo=UTC))
    make.audit_row(description="other")
    assert [each["id"] for each in found(["id"], description__icontains="% 'Sure")] == [row.id]
    assert [each["id"] for each in found(["id"], event_timestamp__lte=datetime(2025, 3, 4, tzinfo=UTC))] == [row.id]


def test_what_no_database_should_hold_is_shown(complete_warehouse: BaseDatabaseWrapper) -> None:
    """SQLite keeps NUL, bytes that are no text, and moments of another form: all come, none ends the export."""
    only_sqlite(complete_warehouse)
    row = make.audit_row(description="x")
    with writing(), complete_warehouse.cursor() as cursor:
        cursor.execute(
            "UPDATE \"compliance.audit_log\" SET description = 'a' || char(0) || 'b', user_agent = "
            "CAST(x'ff41' AS TEXT), ip_address = x'42ff', created_at = '2025-03-04T15:00:00+02:00' WHERE id = %s",
            [row.id],
        )
    assert found(["description", "user_agent", "ip_address", "created_at"]) == [
        {
            "description": "a\0b",
            "user_agent": "\ufffdA",
            "ip_address": "B\ufffd",
            "created_at": datetime(2025, 3, 4, 13, tzinfo=UTC),
        }
    ]


def test_a_moment_that_is_none_names_the_column_alone(complete_warehouse: BaseDatabaseWrapper) -> None:
    """The value may be anything, and stays out of the error."""
    only_sqlite(complete_warehouse)
    row = make.audit_row()
    with writing(), complete_warehouse.cursor() as cursor:
        cursor.execute("UPDATE \"compliance.audit_log\" SET created_at = 'Maya' WHERE id = %s", [row.id])
    with pytest.raises(arrow.UnreadableColumn, match="created_at") as caught:
        found(["id", "created_at"])
    assert "Maya" not in str(caught.value)


def test_a_moment_without_end_names_the_column_alone(complete_warehouse: BaseDatabaseWrapper) -> None:
    """PostgreSQL knows infinity, which no calendar does."""
    if complete_warehouse.vendor != "postgresql":
        pytest.skip("only PostgreSQL keeps such a moment")
    row = make.audit_row()
    for moment in ("infinity", "-infinity"):
        with writing(), complete_warehouse.cursor() as cursor:
            cursor.execute("UPDATE compliance.audit_log SET created_at = %s WHERE id = %s", [moment, row.id])
        with pytest.raises(arrow.UnreadableColumn, match="created_at"):
            found(["id", "created_at"])


def test_what_is_not_committed_is_read_by_the_connection_itself(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Inside a transaction an export sees its own rows."""
    with transaction.atomic(using="warehouse"):
        row = make.audit_row()
        assert not sqlite.can_read(complete_warehouse)
        assert [each["id"] for each in found(["id"])] == [row.id]


def test_a_function_that_only_django_has_is_asked_of_django(complete_warehouse: BaseDatabaseWrapper) -> None:
    """SQLite's REGEXP is Python's: such a search comes by the slow way, with the same rows."""
    row = make.audit_row(description="a whole word")
    make.audit_row(description="unwholesome")
    assert [each["id"] for each in found(["id"], description__regex=r"(^|[^a-z])whole($|[^a-z])")] == [row.id]


def test_a_statement_that_nobody_understands_is_a_database_error(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Callers know one kind of failure, whatever the way."""
    with pytest.raises(DatabaseError), transaction.atomic(using="warehouse"):
        list(arrow.batches(AuditLog.objects.extra(where=["no_such_function(1) = 1"]), ["id"]))
    complete_warehouse.close()
    with pytest.raises(DatabaseError):
        list(arrow.batches(AuditLog.objects.extra(where=["no_such_function(1) = 1"]), ["id"]))


def test_every_batch_has_the_types_of_the_catalog(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A column of NULL alone is text all the same."""
    make.audit_row(session_id=None)
    (batch,) = arrow.batches(AuditLog.objects.all(), ["session_id", "event_timestamp"])
    assert batch.schema.types == [pa.string(), arrow.INSTANT]
