"""Migrations, `catalog` and `inspectdb` on a live warehouse."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.catalog.drift import drifts
from classwaves_admin.warehouse.models import District
from tests.factories import catalog as make

pytestmark = pytest.mark.warehouse


class PulledPlugError(RuntimeError):
    """The failure in the middle."""


def test_migrations_go_on_after_a_failure_in_the_middle(empty_catalog: BaseDatabaseWrapper) -> None:
    """What was made stays, what was not is made, and the result is the same catalog."""
    sent = 0

    def pull(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == 30:
            raise PulledPlugError
        return execute(sql, params, many, context)

    with empty_catalog.execute_wrapper(pull), pytest.raises(PulledPlugError):
        migrate()
    assert drifts(empty_catalog)
    migrate()
    assert drifts(empty_catalog) == []
    assert "django_migrations" in empty_catalog.introspection.table_names()
    assert [fault for model in catalog_models() for fault in model.check(databases=["warehouse"])] == []


def test_create_makes_what_is_missing_and_nothing_twice(catalog: BaseDatabaseWrapper) -> None:
    """Tables, nullable columns, and columns with a default where rows exist; no index, since there are none."""
    district = make.district()
    with guard.writing(), catalog.cursor() as cursor:
        cursor.execute("ALTER TABLE admin.districts DROP COLUMN contract_details")
        cursor.execute("ALTER TABLE admin.districts DROP COLUMN created_at")
        cursor.execute("DROP TABLE audio.recordings")
    assert {str(drift) for drift in drifts(catalog)} == {
        "missing table: audio.recordings",
        "missing column: admin.districts.contract_details",
        "missing column: admin.districts.created_at",
    }
    out = io.StringIO()
    call_command("catalog", "create", stdout=out)
    assert sorted(out.getvalue().splitlines()) == [
        "made column admin.districts.contract_details",
        "made column admin.districts.created_at",
        "made table audio.recordings",
    ]
    assert drifts(catalog) == []
    assert District.objects.get(pk=district.pk).created_at is not None
    out = io.StringIO()
    call_command("catalog", "create", stdout=out)
    assert out.getvalue() == "Nothing was missing.\n"


def test_drift_of_type_and_nullability_is_seen(catalog: BaseDatabaseWrapper) -> None:
    """In the catalog's own words, MAP and ARRAY among them."""
    with catalog.cursor() as cursor:
        cursor.execute("CREATE TABLE admin.extra (a STRING)")
        cursor.execute("ALTER TABLE notifications.templates DROP COLUMN variables")
        cursor.execute("ALTER TABLE notifications.templates ADD COLUMNS (variables MAP<STRING,STRING>)")
        cursor.execute("ALTER TABLE notifications.templates ALTER COLUMN channel DROP NOT NULL")
    try:
        assert {str(drift) for drift in drifts(catalog)} == {
            "type: notifications.templates.variables is MAP<STRING,STRING> in the warehouse"
            " and ARRAY<STRING> in the models",
            "nullability: notifications.templates.channel is NULL in the warehouse and NOT NULL in the models",
            "extra table: admin.extra",
        }
    finally:
        with catalog.cursor() as cursor:
            cursor.execute("DROP TABLE admin.extra")
            cursor.execute("DROP TABLE notifications.templates")
        call_command("catalog", "create", stdout=io.StringIO())


def test_keys_are_noted_and_rows_lie_together_by_school_and_time(catalog: BaseDatabaseWrapper) -> None:
    """Informational keys for people and the optimizer, clustering for the pages of the log."""
    with catalog.cursor() as cursor:
        cursor.execute(
            "SELECT constraint_name, constraint_type FROM information_schema.table_constraints"
            " WHERE table_schema = 'compliance' AND table_name = 'audit_log' ORDER BY constraint_name"
        )
        assert cursor.fetchall() == [("audit_log_pk", "PRIMARY KEY"), ("audit_log_school_id_fk", "FOREIGN KEY")]
        assert catalog.introspection.get_primary_key_columns(cursor, "compliance.audit_log") == ["id"]
        cursor.execute("DESCRIBE DETAIL compliance.audit_log")
        names = [column[0] for column in cursor.description]
        detail = dict(zip(names, cursor.fetchone(), strict=True))
    assert detail["clusteringColumns"] == ["school_id", "event_timestamp"]


def test_comments_are_the_catalog_s_words(catalog: BaseDatabaseWrapper) -> None:
    """One percent sign, quotes and all."""
    with catalog.cursor() as cursor:
        columns = catalog.introspection.get_table_description(cursor, "analytics.group_metrics")
    comments = {column.name: column.comment for column in columns}
    assert comments["dominant_speaker_percentage"] == "Dominance %"


def test_inspectdb_prints_models_that_read_rows(catalog: BaseDatabaseWrapper) -> None:
    """The printed text is Python; its model finds a row, NULL and all."""
    with system_scope(reason="test"):
        district = make.district(contract_details={"a": "b"}, region=None)
    out = io.StringIO()
    call_command("inspectdb", "admin.districts", database="warehouse", stdout=out)
    text = out.getvalue().replace("    class Meta:", "    class Meta:\n        app_label = 'inspected'")
    assert "id = models.TextField(primary_key=True, db_comment='Unique district ID')" in text
    found: dict[str, Any] = {"__name__": "tests.warehouse.databricks.inspected"}
    try:
        exec(text, found)  # noqa: S102 - it is what the command is for
        row = found["AdminDistricts"].objects.using("warehouse").get(pk=district.pk)
    finally:
        apps.all_models.pop("inspected", None)
        apps.clear_cache()
    assert (row.name, row.region, row.student_count) == (district.name, None, district.student_count)
    assert dict(row.contract_details) == {"a": "b"}


def migrate() -> None:
    """Migrate the warehouse."""
    call_command("migrate", "warehouse", database="warehouse", verbosity=0)
