"""`catalog create` makes what is missing and touches nothing else, on every engine."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.tenancy.scope import Scope, inside
from classwaves_admin.warehouse import log_index
from classwaves_admin.warehouse.catalog.drift import drifts
from classwaves_admin.warehouse.models import AuditLog, District, School, Student
from tests.factories import catalog as make
from tests.warehouse.conftest import drop_index, execute

pytestmark = pytest.mark.warehouse


def create() -> list[str]:
    """Return the lines that `catalog create` prints."""
    out = io.StringIO()
    call_command("catalog", "create", stdout=out)
    return out.getvalue().splitlines()


def test_it_makes_all_tables_once_and_migrate_goes_on_from_there(empty_warehouse: BaseDatabaseWrapper) -> None:
    """A first run makes 27 tables and the log's index, a second nothing, and `migrate` finds its work done."""
    lines = create()
    assert len(lines) == 28
    assert all(line.startswith("made table ") for line in lines[:27])
    assert lines[27] == "made search index of compliance.audit_log"
    assert create() == ["Nothing was missing."]
    call_command("migrate", "warehouse", database="warehouse", verbosity=0)
    assert drifts(empty_warehouse) == []


def test_after_migrate_nothing_is_missing(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Migrations and `create` make the same warehouse, indexes included."""
    assert drifts(complete_warehouse) == []
    assert create() == ["Nothing was missing."]


def test_it_adds_missing_columns_and_indexes_and_keeps_the_rows(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A nullable column comes back empty, its index with it, and the row is as it was."""
    student = make.student()
    drop_index(complete_warehouse, Student, "students_parent_ix")
    drop_index(complete_warehouse, Student, "students_status_ix")
    execute(complete_warehouse, 'ALTER TABLE "users.students" DROP COLUMN "parent_email"')
    execute(complete_warehouse, 'ALTER TABLE "users.students" DROP COLUMN "consent_date"')

    assert create() == [
        "made column users.students.consent_date",
        "made column users.students.parent_email",
        "made index on users.students (status)",
        "made index on users.students (parent_email)",
    ]
    assert drifts(complete_warehouse) == []
    with inside(Scope(schools=(student.school_id,))):
        again = Student.objects.get()
    assert (again.pk, again.display_name, again.parent_email) == (student.pk, student.display_name, None)


def test_it_adds_required_columns_to_an_empty_table(complete_warehouse: BaseDatabaseWrapper) -> None:
    """Without rows a NOT NULL column can be added, a reference and its index too."""
    drop_index(complete_warehouse, AuditLog, "audit_log_school_event__id_ix")
    with complete_warehouse.schema_editor() as editor:
        log_index.drop(editor)
    execute(complete_warehouse, 'ALTER TABLE "compliance.audit_log" DROP COLUMN "school_id"')
    execute(complete_warehouse, 'ALTER TABLE "compliance.audit_log" DROP COLUMN "actor_type"')

    create()
    assert drifts(complete_warehouse) == []
    indexed = [found["columns"] for found in constraints(complete_warehouse, "compliance.audit_log").values()]
    assert ["school_id", "event_timestamp", "id"] in indexed
    assert log_index.is_there(complete_warehouse)


def test_it_never_invents_values_for_rows(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A NOT NULL column without default is left alone where rows exist, and the command says so and fails."""
    make.district()
    execute(complete_warehouse, 'ALTER TABLE "admin.districts" DROP COLUMN "state"')
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 columns could not be made"):
        call_command("catalog", "create", stdout=out)
    assert "left column admin.districts.state: it is NOT NULL, has no default, and the table has rows" in out.getvalue()
    assert [drift.column for drift in drifts(complete_warehouse)] == ["state"]


def test_it_keeps_columns_of_others(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A column that another service added survives, with its values."""
    make.district(id="d1")
    execute(complete_warehouse, 'ALTER TABLE "admin.districts" ADD COLUMN "motto" text DEFAULT \'onward\'')
    execute(complete_warehouse, 'ALTER TABLE "admin.districts" DROP COLUMN "website"')
    execute(complete_warehouse, 'ALTER TABLE "admin.districts" DROP COLUMN "created_at"')
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("catalog", "create", stdout=out)
    assert "made column admin.districts.website" in out.getvalue()
    assert "left column admin.districts.created_at" in out.getvalue()
    with complete_warehouse.cursor() as cursor:
        cursor.execute(f'SELECT "motto" FROM {complete_warehouse.ops.quote_name("admin.districts")}')  # noqa: S608 - our own name
        assert cursor.fetchall() == [("onward",)]


def test_scoped_queries_work_on_it(complete_warehouse: BaseDatabaseWrapper) -> None:
    """A scope shows the rows of its schools and districts only, directly and through a session."""
    mine, other = make.school(), make.school()
    child = make.student(school=mine)
    make.student(school=other)
    meeting = make.session(school=mine)
    turn = make.transcription(session=meeting)
    make.transcription()
    district = make.district()
    make.district()
    with inside(Scope(schools=(mine.pk,), districts=(district.pk,))):
        assert [school.pk for school in School.objects.all()] == [mine.pk]
        assert child.pk in set(Student.objects.values_list("pk", flat=True))
        assert not Student.objects.filter(school_id=other.pk).exists()
        assert [row.pk for row in turn.__class__.objects.all()] == [turn.pk]
        assert [row.pk for row in District.objects.all()] == [district.pk]


def constraints(connection: BaseDatabaseWrapper, table: str) -> dict[str, dict[str, list[str]]]:
    """Return the live indexes and constraints of a table."""
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, table)  # type: ignore[return-value]
