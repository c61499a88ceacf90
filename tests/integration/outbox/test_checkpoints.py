"""While a run writes, a thread moves SQLite's write-ahead log into the file; afterwards all is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.warehouse.outbox.checkpoints import checkpoints_beside
from tests.warehouse.conftest import instead_of_the_warehouse

pytestmark = pytest.mark.integration
PAGES = 3_000


@pytest.fixture
def database(tmp_path: Path, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """Put an empty file in the place of the warehouse."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(f"sqlite:///{tmp_path}/w.sqlite3") as connection:
        connection.ensure_connection()
        yield connection


def ask(database: BaseDatabaseWrapper, statement: str) -> tuple[Any, ...]:
    """Return the first row of an answer."""
    with database.cursor() as cursor:
        return tuple(cursor.execute(statement).fetchone())


def fill(database: BaseDatabaseWrapper) -> None:
    """Write more pages than a commit leaves in the log unasked."""
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE notes (text)")
        for _ in range(10):
            cursor.execute("INSERT INTO notes VALUES (zeroblob(%s))", [PAGES // 10 * 4_096])


@pytest.mark.parametrize("fails", [False, True])
def test_the_log_is_in_the_file_afterwards(database: BaseDatabaseWrapper, fails: bool) -> None:
    """Commits of the block leave the log alone; at its end, however it ends, nothing is left to move."""
    inside = -1
    try:
        with checkpoints_beside():
            (inside,) = ask(database, "PRAGMA wal_autocheckpoint")
            fill(database)
            if fails:
                raise RuntimeError
    except RuntimeError:
        assert fails
    assert Path(str(database.settings_dict["NAME"])).stat().st_size > PAGES * 4_096
    assert (inside, *ask(database, "PRAGMA wal_autocheckpoint")) == (0, 1_000)
    assert ask(database, "SELECT count(*), sum(length(text)) FROM notes") == (10, PAGES * 4_096)
