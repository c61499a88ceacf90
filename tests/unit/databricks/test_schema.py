"""Definitions of Delta tables, seen without a server."""

from __future__ import annotations

from typing import Any

import pytest

from classwaves_admin.databricks.base import DatabaseWrapper
from classwaves_admin.databricks.schema import MOST_CLUSTERED, clustering
from classwaves_admin.warehouse.catalog.describe import catalog_models
from classwaves_admin.warehouse.models import District, School, Student

CLUSTERED = {
    "users.students": ["school_id", "display_name"],
    "users.teachers": ["school_id"],
    "sessions.classroom_sessions": ["school_id", "created_at"],
    "sessions.transcriptions": ["session_id", "start_time"],
    "sessions.participants": ["session_id", "join_time"],
    "compliance.audit_log": ["school_id", "event_timestamp"],
    "compliance.parental_consents": ["school_id", "created_at"],
    "compliance.coppa_compliance": ["student_id"],
    "operational.api_metrics": ["school_id", "timestamp"],
    "operational.background_jobs": ["created_at"],
    "admin.districts": [],
}


@pytest.mark.parametrize("model", catalog_models(), ids=lambda model: model._meta.db_table)
def test_rows_lie_together_by_whom_they_are_about_and_when(model: Any) -> None:
    """Each table is clustered by few columns that pages ask by, school and time where it has them."""
    columns = clustering(model)
    assert columns == CLUSTERED.get(model._meta.db_table, columns)
    assert len(columns) <= MOST_CLUSTERED


def statements(databricks: DatabaseWrapper, *models: Any) -> list[str]:
    """Return what making the tables would send."""
    with databricks.schema_editor(collect_sql=True) as editor:
        for model in models:
            editor.create_model(model)
    return list(editor.collected_sql)


def test_a_table_is_one_statement_with_all_that_is_known_of_it(databricks: DatabaseWrapper) -> None:
    """Comments, NOT NULL, keys and clustering come with the table, so that no failure can part them."""
    school, student = [line for line in statements(databricks, School, Student) if "TABLE" in line]
    assert school.startswith("CREATE TABLE IF NOT EXISTS `users`.`schools` (`id` STRING")
    assert "`id` STRING COMMENT 'Unique school identifier' NOT NULL" in school
    assert "`trial_ends_at` TIMESTAMP COMMENT 'Trial expiration'," in school
    assert "CONSTRAINT `schools_pk` PRIMARY KEY (`id`)) USING DELTA" in school
    assert student.endswith(
        "CONSTRAINT `students_pk` PRIMARY KEY (`id`), CONSTRAINT `students_school_id_fk` FOREIGN KEY (`school_id`)"
        " REFERENCES `users`.`schools` (`id`)) USING DELTA CLUSTER BY (`school_id`, `display_name`)"
        " COMMENT 'Student profiles with parental consent tracking.';"
    )


def test_a_parent_that_is_not_there_is_not_referred_to(databricks: DatabaseWrapper) -> None:
    """A foreign key to a table without a key would be refused."""
    assert "FOREIGN KEY" not in statements(databricks, Student)[-1]


def test_schemas_are_made_once_and_indexes_never(databricks: DatabaseWrapper) -> None:
    """Three tables of two schemas are five statements."""
    sent = statements(databricks, School, Student, District)
    assert [line.partition(" (")[0] for line in sent] == [
        "CREATE SCHEMA IF NOT EXISTS `users`;",
        "CREATE TABLE IF NOT EXISTS `users`.`schools`",
        "CREATE TABLE IF NOT EXISTS `users`.`students`",
        "CREATE SCHEMA IF NOT EXISTS `admin`;",
        "CREATE TABLE IF NOT EXISTS `admin`.`districts`",
    ]
    assert "`contract_details` MAP<STRING,STRING> COMMENT 'Contract info'" in sent[-1]


def test_a_column_is_added_nullable_then_filled_then_required(databricks: DatabaseWrapper) -> None:
    """Delta adds no column that is NOT NULL; its default is what the model says at that moment."""
    field = District._meta.get_field("created_at")
    with databricks.schema_editor(collect_sql=True) as editor:
        editor.add_field(District, field)
        editor.add_field(District, District._meta.get_field("region"))
    add, fill, require, region = editor.collected_sql
    assert add == "ALTER TABLE `admin`.`districts` ADD COLUMNS (`created_at` TIMESTAMP COMMENT 'Record creation');"
    assert fill.startswith("UPDATE `admin`.`districts` SET `created_at` = TIMESTAMP '")
    assert fill.endswith("' WHERE `created_at` IS NULL;")
    assert require == "ALTER TABLE `admin`.`districts` ALTER COLUMN `created_at` SET NOT NULL;"
    assert region == "ALTER TABLE `admin`.`districts` ADD COLUMNS (`region` STRING COMMENT 'Region');"


def test_comments_keep_one_percent_sign(databricks: DatabaseWrapper) -> None:
    """The models double them for PostgreSQL."""
    editor: Any
    with databricks.schema_editor(collect_sql=True) as editor:
        assert editor._comment_sql("On-topic %% of 'all'") == "COMMENT 'On-topic % of \\'all\\''"


@pytest.mark.parametrize(("value", "literal"), [(None, "NULL"), (True, "TRUE"), (3, "3"), ("a\\'b", "'a\\\\\\'b'")])
def test_literals(databricks: DatabaseWrapper, value: Any, literal: str) -> None:
    """What a definition holds is escaped as Databricks reads it."""
    with databricks.schema_editor(collect_sql=True) as editor:
        assert editor.quote_value(value) == literal
