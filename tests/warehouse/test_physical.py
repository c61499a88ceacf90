"""What was deleted is off the disk, found out by searching its bytes, and what cannot be looked at is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, School, Transcription
from classwaves_admin.warehouse.physical import databricks, postgresql, sqlite, steps
from classwaves_admin.warehouse.physical.kinds import Step, Trouble
from tests.factories import catalog as make
from tests.warehouse.conftest import ENGINES, execute, instead_of_the_warehouse

WORD, MARKED = "Volcanoesaremyfavourite", "Earthquakesalarmme"
TABLES = ["sessions.transcriptions", "compliance.audit_log"]
NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
# What only one engine has.
SQLITE, POSTGRESQL = (pytest.mark.parametrize("migrated_url", [one], indirect=True) for one in ENGINES)


@pytest.fixture(autouse=True)
def _everywhere() -> Iterator[None]:
    """Look at all schools."""
    with system_scope(reason="test"):
        yield


@pytest.fixture
def deleted(complete_warehouse: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """Return a catalog from which half of the words, and of the log with its index, have just been deleted."""
    school = make.school()
    meeting = make.session(school=school)
    seat = make.participant(session=meeting)
    with guard.writing():
        for number in range(400):
            word = WORD if number % 2 else "Rivers carry sand"
            make.transcription(session=meeting, speaker=seat, content=f"{word} {number}")
            make.audit_row(school=School(id=school.pk), description=f"{MARKED}{number}" if number % 2 else "Looked")
        Transcription.objects.filter(content__startswith=WORD).delete()
        AuditLog.objects.filter(description__startswith=MARKED).delete()
    return complete_warehouse


def places(connection: BaseDatabaseWrapper) -> list[Path]:
    """Return the files of a database: SQLite's own, and of PostgreSQL all of the server but its log of changes."""
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        return [one for one in file.parent.glob(f"{file.name}*") if not one.name.endswith("-shm")]
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT current_setting('data_directory')")
        folder = Path(cursor.fetchone()[0])
    if not folder.exists():
        pytest.skip("The server's folder is on another machine.")
    return [one for one in (folder / "base").rglob("*") if one.is_file()]


def occurrences(connection: BaseDatabaseWrapper) -> int:
    """Count the deleted words in all files of a database, whatever case an index writes them in."""
    content = [one.read_bytes().lower() for one in places(connection)]
    return sum(one.count(word.lower().encode()) for one in content for word in (WORD, MARKED))


def test_deleted_words_are_off_the_disk(deleted: BaseDatabaseWrapper) -> None:
    """Before the step a search of the bytes finds them, in tables, logs or indexes; afterwards it does not."""
    assert occurrences(deleted)
    step = steps.step("warehouse", TABLES, {}, now=NOW)
    assert step.trouble is None
    assert occurrences(deleted) == 0
    assert Transcription.objects.count() == 200
    assert AuditLog.objects.count() == 200
    found = steps.look("warehouse", TABLES, step.state)
    assert found.checked
    assert found.unseen
    if step.removed:
        assert found.holds


@POSTGRESQL
def test_on_postgresql_the_log_is_waited_for(deleted: BaseDatabaseWrapper) -> None:
    """The log keeps copies until as much was written as it has room for; until then nothing is called gone."""
    step = steps.step("warehouse", TABLES, {}, now=NOW)
    assert (step.removed, step.again_at) == (False, NOW + postgresql.LOG_AGAIN)
    assert not steps.look("warehouse", TABLES, step.state).holds
    execute(deleted, "CREATE TABLE much (words text)")
    while not (step := steps.step("warehouse", TABLES, step.state, now=NOW)).removed:
        execute(deleted, "INSERT INTO much SELECT repeat(md5(i::text), 60) FROM generate_series(1, 20000) AS i")
        execute(deleted, "SELECT pg_switch_wal()", "CHECKPOINT")
    assert steps.look("warehouse", TABLES, step.state).holds


def test_a_busy_database_is_tried_again(deleted: BaseDatabaseWrapper) -> None:
    """Somebody who still reads what was there before keeps it there; the step says so and the next one does it."""
    other = type(deleted)(deleted.settings_dict, "warehouse")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            execute(other, f'SELECT count(*) FROM "{TABLES[0]}"')  # noqa: S608 - the name of a table
            if other.vendor == "postgresql":
                cursor.execute("SELECT txid_current()")
            step = steps.step("warehouse", TABLES, {}, now=NOW)
            assert (step.trouble, step.removed) == (Trouble.BUSY, False)
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert steps.step("warehouse", TABLES, step.state, now=NOW).trouble is None
    assert occurrences(deleted) == 0


@SQLITE
def test_a_small_disk_is_told(deleted: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the copy does not fit beside the file nothing is begun."""

    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr("shutil.disk_usage", lambda _folder: Usage(1_000))
    step = steps.step("warehouse", TABLES, {}, now=NOW)
    assert step == Step({}, again_at=NOW + sqlite.AGAIN, trouble=Trouble.NO_SPACE)


NOTED = """
    SELECT count(*) FROM pg_stats
    WHERE concat(histogram_bounds, most_common_vals) ~ 'Volcanoesaremyfavourite|Earthquakesalarmme'
"""


@POSTGRESQL
@pytest.mark.parametrize("left", [200, 0])
def test_what_the_planner_noted_of_deleted_rows_is_gone(deleted: BaseDatabaseWrapper, left: int) -> None:
    """ANALYZE, which the server runs by itself, notes values: they go with the rows, though a table be empty now."""
    school = make.school()
    seat = make.participant(session=make.session(school=school))
    with guard.writing():
        # So few that the server does not compress what it notes: a search of its files finds them.
        told = [make.transcription(session=seat.session, speaker=seat, content=f"{WORD} {n}") for n in range(20)]
        execute(deleted, *(f'ANALYZE "{name}"' for name in TABLES))
        assert number_of(deleted, NOTED)
        for one in told:
            one.delete()
        if not left:
            Transcription.objects.all().delete()
    step = steps.step("warehouse", TABLES, {}, now=NOW)
    assert step.trouble is None
    assert Transcription.objects.count() == left
    assert number_of(deleted, NOTED) == 0
    assert occurrences(deleted) == 0
    assert any("planner" in sentence for sentence in steps.look("warehouse", TABLES, step.state).checked)


def number_of(connection: BaseDatabaseWrapper, sql: str) -> int:
    """Return the number that a query answers with."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


@POSTGRESQL
def test_a_user_who_owns_nothing_is_told(deleted: BaseDatabaseWrapper) -> None:
    """PostgreSQL only warns there; the step looks whether the table lies in another file and is not deceived."""
    execute(deleted, "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN", "GRANT pg_read_all_data TO guest")
    schemas = {name.partition(".")[0] for name in TABLES}
    execute(deleted, *(f"GRANT USAGE ON SCHEMA {schema} TO guest" for schema in schemas))
    settings = deleted.settings_dict
    url = f"postgres://guest@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    with instead_of_the_warehouse(url):
        step = steps.step("warehouse", TABLES, {}, now=NOW)
    assert step.trouble is Trouble.NOT_ALLOWED
    assert occurrences(deleted)


@pytest.mark.warehouse
def test_databricks_waits_for_its_window(spark_catalog: str, django_db_blocker: Any) -> None:
    """Files are rewritten at once, the former ones deleted when their week is over; both are sent once a table."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(spark_catalog) as connection:
        execute(
            connection,
            "CREATE SCHEMA sessions",
            'CREATE TABLE "sessions.transcriptions" (id STRING)',
        )
        first = steps.step("warehouse", TABLES[:1], {}, now=NOW)
        assert (first.removed, first.again_at) == (False, NOW + databricks.WAIT)
        early = steps.step("warehouse", TABLES[:1], first.state, now=NOW + databricks.WAIT - timedelta(seconds=1))
        assert not early.removed
        last = steps.step("warehouse", TABLES[:1], early.state, now=NOW + databricks.WAIT)
        assert last.removed
        found = steps.look("warehouse", TABLES[:1], last.state)
    # The local warehouse takes both statements and does nothing: its history is honest about it.
    assert any("does not name them" in sentence for sentence in found.unseen)
