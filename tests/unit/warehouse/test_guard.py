"""The guard on the warehouse connection: what it refuses, what it lets pass."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connections, transaction

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import School
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


def _raw(sql: str) -> Callable[[School], object]:
    def write(_school: School) -> None:
        with connections["warehouse"].cursor() as cursor:
            cursor.execute(sql)

    return write


WRITES: dict[str, Callable[[School], object]] = {
    "save": lambda school: school.save(),
    "delete": lambda school: school.delete(),
    "create": lambda school: School.objects.create(id="new"),
    "update": lambda school: School.objects.update(name="x"),
    "queryset delete": lambda school: School.objects.filter(id=school.id).delete(),
    "bulk_create": lambda school: School.objects.bulk_create([School(id="new")]),
    "bulk_update": lambda school: School.objects.bulk_update([school], ["name"]),
    "update_or_create": lambda school: School.objects.update_or_create({"name": "x"}, id=school.id),
    "get_or_create": lambda school: School.objects.get_or_create(id="new"),
    "base manager": lambda school: School._base_manager.update(name="x"),
    "raw cursor": _raw('DELETE FROM "users.schools"'),
    "raw cursor in a WITH": _raw("WITH a AS (SELECT 1) UPDATE \"users.schools\" SET name = 'x'"),
}


@pytest.mark.parametrize("way", WRITES)
def test_no_way_of_writing_passes_outside_the_gateway(way: str) -> None:
    """Every door that Django has to a catalog table raises, and the row stays as it was."""
    school = make.school(name="Harbour School")
    with system_scope(reason="test"):
        with pytest.raises(guard.WriteOutsideGateway, match=r"users\.schools"), transaction.atomic(using="warehouse"):
            WRITES[way](school)
        assert [row.name for row in School.objects.all()] == ["Harbour School"]


def test_reading_passes() -> None:
    """A query, also one with FOR UPDATE in its words, is never refused."""
    make.school()
    with system_scope(reason="test"):
        assert School.objects.count() == 1


def test_the_permission_ends_with_the_block() -> None:
    """After `writing()` the connection refuses again, also when the block fails."""
    school = make.school()
    with pytest.raises(ZeroDivisionError), guard.writing():
        _ = 1 / 0
    with pytest.raises(guard.WriteOutsideGateway):
        school.save()


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('INSERT INTO "users.students" ("id") VALUES (%s)', ["users.students"]),
        ("insert into users.students values (1)", ["users.students"]),
        ("INSERT OR IGNORE INTO `classwaves`.`users`.`students` VALUES (1)", ["users.students"]),
        ("MERGE INTO classwaves.users.students t USING s ON t.id = s.id", ["users.students"]),
        ('TRUNCATE "outbox", "users.students", "users.teachers"', ["users.students", "users.teachers"]),
        ('COPY "users.students" FROM STDIN', ["users.students"]),
        ('SELECT 1; DELETE FROM ONLY "users.students"', ["users.students"]),
        ('INSERT INTO "new__users.students" SELECT * FROM "users.students"', []),
        ('INSERT INTO "django_migrations" ("app") VALUES (%s)', []),
        ('SELECT "id" FROM "users.students" FOR UPDATE OF "users.students"', []),
        ('CREATE INDEX "x" ON "users.students" ("updated_at")', []),
    ],
)
def test_written_tables_names_the_targets(sql: str, tables: list[str]) -> None:
    """Only the tables that a statement writes are found, in every engine's way of quoting."""
    assert guard.written_tables(sql) == tables


def test_a_definition_may_fill_its_new_column() -> None:
    """Databricks gives a new column its default by an UPDATE, which belongs to the migration and not to an action."""
    sent: list[str] = []
    sql = "UPDATE `admin`.`districts` SET `state` = '' WHERE `state` IS NULL"
    connection = SimpleNamespace(is_defining=True)
    guard._refuse(lambda sql, *_rest: sent.append(sql), sql, None, False, {"connection": connection})
    assert sent == [sql]
    connection.is_defining = False
    with pytest.raises(guard.WriteOutsideGateway):
        guard._refuse(lambda sql, *_rest: sent.append(sql), sql, None, False, {"connection": connection})
