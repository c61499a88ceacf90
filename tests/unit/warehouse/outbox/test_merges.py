"""What the outbox sends to Databricks: one MERGE a run, from the payloads as they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist

from classwaves_admin.warehouse.models import AuditLog, ClassroomSession
from classwaves_admin.warehouse.outbox import codec, merges
from classwaves_admin.warehouse.outbox.models import Operation, OutboxEntry


def quoted(name: str) -> str:
    """Quote as Databricks does."""
    return ".".join(f"`{part}`" for part in name.split("."))


def entry(operation: Operation, table: str = "users.students", **payload: Any) -> OutboxEntry:
    """Return an entry for the row r-1."""
    return OutboxEntry(table=table, row_id="r-1", operation=operation, payload=payload)


@pytest.mark.parametrize("table", sorted(codec.tables()))
def test_payloads_are_keyed_by_the_names_of_columns(table: str) -> None:
    """The key of a payload is the column's own name in all 27 tables, so that it can go as it is."""
    model = codec.tables()[table]
    assert [field.attname for field in model._meta.concrete_fields] == [f.column for f in model._meta.concrete_fields]
    assert model._meta.pk.column == "id"


def test_an_insert_writes_the_row_or_puts_it_in_place_of_the_one_with_its_id() -> None:
    """Whole rows: the second delivery of one changes nothing."""
    sql = merges.statement(entry(Operation.INSERT, grade_level="5", id="r-1"), quoted)
    assert sql.startswith("MERGE INTO `users`.`students` t USING (")
    assert "WHEN MATCHED THEN UPDATE SET t.`grade_level` = s.`grade_level` " in sql
    assert sql.endswith("WHEN NOT MATCHED THEN INSERT (`id`, `grade_level`) VALUES (s.`id`, s.`grade_level`)")
    assert sql.count("%s") == 1


def test_an_update_adds_no_row() -> None:
    """A change of a row that is gone does nothing, as UPDATE does."""
    sql = merges.statement(entry(Operation.UPDATE, grade_level="5"), quoted)
    assert sql.endswith("ON t.`id` = s.`id` WHEN MATCHED THEN UPDATE SET t.`grade_level` = s.`grade_level`")


def test_deletes_name_ids_alone() -> None:
    """Many rows go in one statement."""
    assert merges.statement(entry(Operation.DELETE), quoted).endswith("ON t.`id` = s.`id` WHEN MATCHED THEN DELETE")


def test_a_column_or_table_of_another_release_is_refused_before_it_is_sent() -> None:
    """What no model names is the entry's own fault."""
    with pytest.raises(FieldDoesNotExist):
        merges.statement(entry(Operation.UPDATE, gone=1), quoted)
    with pytest.raises(LookupError):
        merges.statement(entry(Operation.DELETE, table="users.ghosts"), quoted)


def test_values_are_written_as_the_warehouse_reads_them() -> None:
    """Instants keep zone and microseconds, decimals their digits, text its characters."""
    values = {
        "actual_start": datetime(2026, 3, 4, 15, 0, 0, 123456, tzinfo=UTC),
        "engagement_score": Decimal("-0.50"),
        "title": "Maya’s 漢字 \\ \" ' ${x}",
        "description": None,
    }
    payload = codec.encode(ClassroomSession, values)
    (row,) = merges._rows([entry(Operation.UPDATE, "sessions.classroom_sessions", **payload)])
    assert json.loads(row) == {
        "id": "r-1",
        "actual_start": "2026-03-04T15:00:00.123456+00:00",
        "engagement_score": "-0.50",
        "title": values["title"],
        "description": None,
    }


def test_instants_are_cast_and_text_is_not() -> None:
    """JSON has no instants: they travel as text and are cast."""
    sql = merges.statement(entry(Operation.UPDATE, AuditLog._meta.db_table, event_timestamp="", description=""), quoted)
    assert "CAST(r.`event_timestamp` AS TIMESTAMP) AS `event_timestamp`" in sql
    assert "r.`description` AS `description`" in sql
