"""`catalog check` finds every way in which a warehouse can differ, on every engine."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from classwaves_admin.warehouse.catalog.drift import drifts
from tests.warehouse.conftest import execute

pytestmark = pytest.mark.warehouse


@pytest.fixture
def run(complete_warehouse: BaseDatabaseWrapper) -> Callable[[str], None]:
    """Give a function that changes the warehouse behind the portal's back."""
    return partial(execute, complete_warehouse)


def check() -> tuple[list[str], bool]:
    """Return the lines that `catalog check` prints and whether it fails."""
    out = io.StringIO()
    try:
        call_command("catalog", "check", stdout=out)
    except CommandError:
        return out.getvalue().splitlines(), True
    return out.getvalue().splitlines(), False


def test_an_equal_warehouse_passes_with_one_line(complete_warehouse: BaseDatabaseWrapper) -> None:
    """No drift: exit 0 and one sentence."""
    assert check() == (["The warehouse has all 27 tables and 420 columns as the models say."], False)


def test_an_empty_warehouse_misses_every_table(empty_warehouse: BaseDatabaseWrapper) -> None:
    """Each of the 27 tables is named, in the order of the catalog."""
    lines, failed = check()
    assert failed
    assert len(lines) == 27
    assert lines[0] == "missing table: users.schools"


def test_a_table_more_or_less_is_found(run: Callable[[str], None]) -> None:
    """A dropped table is missing, a foreign one is extra; Django's own note is neither."""
    run('DROP TABLE "audio.recordings"')
    run('CREATE TABLE "users.parents" ("id" text)')
    run('CREATE VIEW "users.names" AS SELECT "name" FROM "users.teachers"')
    assert check() == (
        ["missing table: audio.recordings", "extra table: users.names", "extra table: users.parents"],
        True,
    )


def test_a_column_more_or_less_is_found(run: Callable[[str], None]) -> None:
    """A dropped column is missing and a foreign one is extra."""
    run('ALTER TABLE "admin.districts" DROP COLUMN "website"')
    run('ALTER TABLE "admin.districts" ADD COLUMN "motto" text')
    assert check() == (["missing column: admin.districts.website", "extra column: admin.districts.motto"], True)


@pytest.mark.parametrize(
    ("column", "made_as", "line"),
    [
        ("region", "integer NULL", "region is INT in the warehouse and STRING in the models"),
        ("student_count", "bigint NULL", "student_count is BIGINT in the warehouse and INT in the models"),
        ("contract_details", "text NULL", "contract_details is STRING in the warehouse and MAP<STRING,STRING> in the"),
        ("region", "varchar(20) NULL", "region is varchar"),
    ],
)
def test_a_changed_type_is_found(run: Callable[[str], None], column: str, made_as: str, line: str) -> None:
    """The line says both types in the catalog's words, or in the engine's where the catalog has none."""
    run(f'ALTER TABLE "admin.districts" DROP COLUMN "{column}"')
    run(f'ALTER TABLE "admin.districts" ADD COLUMN "{column}" {made_as}')
    lines, failed = check()
    assert failed
    assert len(lines) == 1
    assert lines[0].startswith(f"type: admin.districts.{line}")


def test_a_changed_precision_is_found(run: Callable[[str], None]) -> None:
    """DECIMAL(5,2) and DECIMAL(6,2) are different types."""
    run('ALTER TABLE "sessions.student_groups" DROP COLUMN "topic_focus_score"')
    run('ALTER TABLE "sessions.student_groups" ADD COLUMN "topic_focus_score" decimal(6, 2)')
    assert check()[0] == [
        "type: sessions.student_groups.topic_focus_score"
        " is DECIMAL(6,2) in the warehouse and DECIMAL(5,2) in the models"
    ]


def test_a_changed_nullability_is_found(run: Callable[[str], None]) -> None:
    """A column that allows NULL where the catalog does not, and the other way round."""
    run('ALTER TABLE "admin.districts" DROP COLUMN "state"')
    run('ALTER TABLE "admin.districts" ADD COLUMN "state" text')
    run('ALTER TABLE "admin.districts" DROP COLUMN "region"')
    run('ALTER TABLE "admin.districts" ADD COLUMN "region" text NOT NULL DEFAULT \'\'')
    assert check()[0] == [
        "nullability: admin.districts.state is NULL in the warehouse and NOT NULL in the models",
        "nullability: admin.districts.region is NOT NULL in the warehouse and NULL in the models",
    ]


def test_a_warehouse_that_cannot_be_reached_is_one_sentence(
    empty_warehouse: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback when the warehouse is down."""
    empty_warehouse.close()
    where = {"NAME": "/nowhere/at/all.sqlite3", "HOST": "127.0.0.1", "PORT": "1"}
    monkeypatch.setattr(empty_warehouse, "settings_dict", empty_warehouse.settings_dict | where)
    with pytest.raises(CommandError, match="No connection: look whether the server runs"):
        call_command("catalog", "check")


def test_comments_carry_the_descriptions(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Where the engine keeps comments, they are the catalog's words, percent signs included."""
    if not complete_warehouse.features.supports_comments:
        pytest.skip("SQLite keeps no comments")
    with complete_warehouse.cursor() as cursor:
        columns = complete_warehouse.introspection.get_table_description(cursor, "analytics.group_metrics")
    assert {c.name: c.comment for c in columns}["dominant_speaker_percentage"] == "Dominance %"
    assert drifts(complete_warehouse) == []


def test_the_whole_check_is_one_statement(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A page can show the drift: a statement to a warehouse costs a tenth of a second, and there are 27 tables."""
    complete_warehouse.ensure_connection()
    with CaptureQueriesContext(complete_warehouse) as sent:
        assert drifts(complete_warehouse) == []
    assert len(sent) == 1
