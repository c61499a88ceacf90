"""The backend for PostgreSQL: real schemas, made from nothing and from an earlier release."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.core.management.sql import sql_flush
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import isolate_apps

from classwaves_admin.postgresql.former import BothForms
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.catalog.describe import SCHEMAS, catalog_models
from classwaves_admin.warehouse.catalog.drift import drifts
from classwaves_admin.warehouse.guard import WriteOutsideGateway, writing
from classwaves_admin.warehouse.models import AuditLog, District, School, Student
from tests.factories import catalog as make
from tests.warehouse.conftest import instead_of_the_warehouse

pytestmark = [pytest.mark.warehouse, pytest.mark.postgres]

FORMER = "django.db.backends.postgresql"


@pytest.fixture
def empty(postgres_url: str, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """Give an empty database in the place of the warehouse."""
    with django_db_blocker.unblock(), instead_of_the_warehouse(postgres_url) as connection:
        yield connection


@pytest.fixture
def migrated(empty: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """Give a migrated database in the place of the warehouse."""
    migrate()
    return empty


@pytest.fixture
def former(postgres_url: str, django_db_blocker: Any) -> Iterator[str]:
    """Make the warehouse of an earlier release, two rows in it, and give its URL."""
    with django_db_blocker.unblock():
        with instead_of_the_warehouse(postgres_url, engine=FORMER):
            migrate("0001")
            school = make.school(id="s", name="Old school")
            make.student(id="c", school=school, display_name="Ada")
        yield postgres_url


def migrate(*target: str) -> None:
    """Run `manage.py migrate` for the warehouse."""
    call_command("migrate", "warehouse", *target, database="warehouse", verbosity=0)


def ask(connection: BaseDatabaseWrapper, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def indexes(connection: BaseDatabaseWrapper) -> set[tuple[str, str, str]]:
    """Return schema, table and name of every index of the catalog."""
    sql = "SELECT schemaname, tablename, indexname FROM pg_indexes WHERE schemaname = ANY(%s)"
    return set(ask(connection, sql, list(SCHEMAS)))


def test_migrations_make_ten_schemas_from_nothing(migrated: BaseDatabaseWrapper) -> None:
    """Each table is in its own schema, `public` keeps Django's note alone, and nothing has a dot in its name."""
    sql = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)"
    made = {f"{schema}.{table}" for schema, table in ask(migrated, sql, [*SCHEMAS, "public"])}
    assert made == {model._meta.db_table for model in catalog_models()} | {"public.django_migrations"}
    assert not [name for _, _, name in indexes(migrated) if "." in name]
    assert drifts(migrated) == []


def test_migrate_moves_the_tables_of_an_earlier_release(former: str) -> None:
    """Rows, ids and comments stay; indexes are named as those of a fresh installation; a second run does nothing."""
    with instead_of_the_warehouse(former) as connection:
        assert {drift.kind.value for drift in drifts(connection)} == {"missing table", "extra table"}
        migrate()
        assert drifts(connection) == []
        with system_scope(reason="test"):
            assert Student.objects.select_related("school").get().school.name == "Old school"
        moved = indexes(connection)
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, "users.students")
        assert {column.name: column.comment for column in columns}["grade_level"] == "Current grade"
        out = io.StringIO()
        call_command("catalog", "create", stdout=out)
        assert out.getvalue() == "Nothing was missing.\n"
        migrate("zero")
        migrate()
        assert moved == indexes(connection)


def test_create_moves_them_too(former: str) -> None:
    """`catalog create` never makes an empty table beside a full one of an earlier release."""
    with instead_of_the_warehouse(former) as connection:
        out = io.StringIO()
        call_command("catalog", "create", stdout=out)
        assert "made schema and name of the former table users.schools" in out.getvalue()
        assert drifts(connection) == []
        with system_scope(reason="test"):
            assert Student.objects.get().display_name == "Ada"


def test_a_table_that_is_there_twice_is_left_to_a_person(former: str) -> None:
    """Nothing is moved where both forms exist, and the sentence names both."""
    with instead_of_the_warehouse(former) as connection:
        with connection.schema_editor() as editor:
            editor.create_model(School)
        with pytest.raises(BothForms, match=r'"users"\."schools" exists, and "public"\."users\.schools"'):
            migrate()
        assert ask(connection, 'SELECT id FROM public."users.schools"') == [("s",)]
        with pytest.raises(CommandError, match="exists, and"):
            call_command("catalog", "create", stdout=io.StringIO())


def test_schemas_are_made_by_whoever_may(migrated: BaseDatabaseWrapper) -> None:
    """An account without the right to make schemas can make tables in those that exist."""
    with migrated.cursor() as cursor:
        cursor.execute('DROP TABLE "audio"."recordings"')
        cursor.execute("CREATE ROLE plain")
        cursor.execute('GRANT USAGE, CREATE ON SCHEMA "audio" TO plain')
        cursor.execute("SET ROLE plain")
    try:
        with migrated.schema_editor() as editor:
            editor.create_model(next(m for m in catalog_models() if m._meta.db_table == "audio.recordings"))
        assert "audio.recordings" in migrated.introspection.table_names()
    finally:
        with migrated.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP OWNED BY plain CASCADE")
            cursor.execute("DROP ROLE plain")


def test_other_schemas_are_no_business_of_ours(migrated: BaseDatabaseWrapper) -> None:
    """A schema that no model names is not listed; a table of `public` has its plain name."""
    with migrated.cursor() as cursor:
        cursor.execute('CREATE SCHEMA "billing"')
        cursor.execute('CREATE TABLE "billing"."invoices" (id text)')
        cursor.execute('CREATE TABLE "notes" (id text)')
        cursor.execute('CREATE TABLE "users"."schools_of_old" (id text)')
    names = set(migrated.introspection.table_names())
    assert {"notes", "users.schools_of_old", "users.schools"} <= names
    assert not {name for name in names if "invoices" in name}


def test_inspectdb_writes_models_of_the_tables(migrated: BaseDatabaseWrapper) -> None:
    """`manage.py inspectdb` names the table with its schema, and each column once."""
    out = io.StringIO()
    call_command("inspectdb", "compliance.audit_log", database="warehouse", stdout=out)
    text = out.getvalue()
    assert "class ComplianceAuditLog(models.Model):" in text
    assert "db_table = 'compliance.audit_log'" in text
    assert "event_timestamp = models.DateTimeField(db_comment='Event time')" in text


def test_introspection_leaves_the_search_path_as_it_was(migrated: BaseDatabaseWrapper) -> None:
    """Neither a table that is read nor one that is missing changes what a plain name means afterwards."""
    before = ask(migrated, "SHOW search_path")
    with migrated.cursor() as cursor:
        migrated.introspection.get_constraints(cursor, "users.schools")
        with pytest.raises(Exception, match="does not exist"):
            migrated.introspection.get_table_description(cursor, "users.nothing")
    assert ask(migrated, "SHOW search_path") == before


def test_flush_empties_the_tables_by_their_two_names(migrated: BaseDatabaseWrapper) -> None:
    """TRUNCATE names schema and table, and the write guard sees each of them."""
    make.district()
    (statement,) = sql_flush(no_style(), migrated)
    assert '"compliance"."audit_log"' in statement
    with migrated.cursor() as cursor:
        with pytest.raises(WriteOutsideGateway):
            cursor.execute(statement)
        with writing():
            cursor.execute(statement)
    with system_scope(reason="test"):
        assert not District.objects.exists()


def test_explain_and_a_repeated_insert_use_both_names(migrated: BaseDatabaseWrapper) -> None:
    """EXPLAIN reads the plan, and ON CONFLICT replaces the row."""
    school = make.school(name="first")
    school.name = "second"
    with writing(), system_scope(reason="test"):
        School.objects.bulk_create([school], update_conflicts=True, unique_fields=["id"], update_fields=["name"])
        assert School.objects.get().name == "second"
        plan = AuditLog.objects.filter(school_id=school.pk).order_by("event_timestamp", "id").explain()
    assert "audit_log" in plan


def test_rows_are_locked_by_the_tables_own_name(migrated: BaseDatabaseWrapper) -> None:
    """PostgreSQL takes no schema behind `FOR UPDATE OF`."""
    with system_scope(reason="test"), transaction.atomic("warehouse"):
        school = make.school(id="s")
        make.student(id="c", school=school)
        rows = Student.objects.using("warehouse").select_related("school")
        assert rows.select_for_update(of=("self",)).get().pk == "c"


@isolate_apps("classwaves_admin.warehouse")
def test_a_table_can_be_altered_renamed_and_moved(migrated: BaseDatabaseWrapper) -> None:
    """Columns, indexes, keys, sequences and comments of a table in a schema are changed as in any other."""

    class Owner(models.Model):  # noqa: DJ008 - no one reads it
        class Meta:
            app_label = "warehouse"
            db_table = "users.owners"

    class Thing(models.Model):  # noqa: DJ008
        id = models.BigAutoField(primary_key=True)
        name = models.CharField(max_length=10, db_index=True, db_comment="Its name, 100 %%")
        owner = models.ForeignKey(Owner, models.CASCADE)

        class Meta:
            app_label = "warehouse"
            db_table = "audio.things"
            indexes = [models.Index(fields=["name", "id"], name="things_name_ix")]
            constraints = [models.UniqueConstraint(fields=["name"], name="things_once")]

    longer = models.TextField(db_index=False, null=True)
    longer.set_attributes_from_name("name")
    longer.model = Thing
    renamed = models.Index(fields=["name", "id"], name="things_renamed_ix")
    with migrated.schema_editor() as editor:
        editor.create_model(Owner)
        editor.create_model(Thing)
    with migrated.schema_editor() as editor:
        editor.rename_index(Thing, Thing._meta.indexes[0], renamed)
        editor.remove_constraint(Thing, Thing._meta.constraints[0])
    with migrated.schema_editor() as editor:
        editor.alter_field(Thing, Thing._meta.get_field("name"), longer, strict=True)
    with migrated.cursor() as cursor:
        found = migrated.introspection.get_constraints(cursor, "audio.things")
        assert sorted(c["foreign_key"] for c in found.values() if c["foreign_key"]) == [("users.owners", "id")]
        assert "things_renamed_ix" in found
        assert not [name for name in found if name.endswith("_like")]
        assert migrated.introspection.get_relations(cursor, "audio.things") == {"owner_id": ("id", "users.owners")}
        (sequence,) = migrated.introspection.get_sequences(cursor, "audio.things")
        assert sequence == {"name": "audio.things_id_seq", "table": "audio.things", "column": "id"}
        for sql in migrated.ops.sequence_reset_sql(no_style(), [Thing]):
            cursor.execute(sql)
    with migrated.schema_editor() as editor:
        editor.remove_index(Thing, renamed)
        editor.alter_db_table(Thing, "audio.things", "operational.items")
    assert {"operational.items"} == {name for name in migrated.introspection.table_names() if "item" in name}
    Thing._meta.db_table = "operational.items"
    with migrated.schema_editor() as editor:
        editor.remove_field(Thing, Thing._meta.get_field("owner"))  # type: ignore[arg-type]
        editor.delete_model(Thing)
    assert not {name for name in migrated.introspection.table_names() if "item" in name}


def test_the_clients_limit_is_on_its_connections(migrated: BaseDatabaseWrapper) -> None:
    """The watchdog and the write guard know the backend by its vendor."""
    assert migrated.vendor == "postgresql"
    names = {wrapper.__module__.rpartition(".")[2] for wrapper in connections["warehouse"].execute_wrappers}
    assert {"guard", "time_limit"} <= names
