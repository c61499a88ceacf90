"""What the ORM sends to Databricks, seen without a server."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import NotSupportedError
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.constants import OnConflict
from django.db.models.functions import TruncDay
from django.db.models.sql import InsertQuery, UpdateQuery

from classwaves_admin.databricks.base import DatabaseWrapper
from classwaves_admin.databricks.compiler import new_number
from classwaves_admin.databricks.merge import LIMIT, within_limit
from classwaves_admin.databricks.operations import MOST_MARKERS
from classwaves_admin.lib.keyset import page
from classwaves_admin.warehouse.models import AuditLog, District, GroupMetrics, NotificationTemplate, School, Student
from tests.unit.databricks.conftest import Compile

MOMENT = datetime(2025, 3, 4, 15, tzinfo=UTC)


def test_the_first_of_a_subquery_keeps_nulls_where_they_were_asked(sql: Compile) -> None:
    """`nulls_last` of a rising order and `nulls_first` of a falling one are not the server's own: they are written."""
    rows = AuditLog.objects.filter(school=OuterRef("pk")).values("event_type")
    key = "U0.`ip_address`"
    for order, first in (
        (F("ip_address").asc(nulls_last=True), f"min_by(U0.`event_type`, struct({key} IS NULL, {key}))"),
        (F("ip_address").desc(nulls_first=True), f"max_by(U0.`event_type`, struct({key} IS NULL, {key}))"),
        (F("ip_address").asc(nulls_first=True), f"min_by(U0.`event_type`, struct({key}))"),
        (F("ip_address").desc(nulls_last=True), f"max_by(U0.`event_type`, struct({key}))"),
    ):
        assert first in sql(School.objects.annotate(of=Subquery(rows.order_by(order)[:1])).values("of"))[0]


def test_a_short_list_goes_as_markers(sql: Compile) -> None:
    """Files are skipped by a plain IN."""
    text, params = sql(School.objects.filter(pk__in=["a", "b"]).values("pk"))
    assert text.endswith("WHERE `users`.`schools`.`id` IN (%s, %s)")
    assert params == ("a", "b")


def test_a_long_list_goes_as_one_text_with_its_ends(sql: Compile) -> None:
    """Any number of ids takes three parameters, and the ends let files be skipped."""
    ids = [f"id-{number:04}" for number in range(1_000)]
    text, params = sql(School.objects.filter(pk__in=[*ids, None]).values("pk"))
    assert text.endswith(
        "WHERE (`users`.`schools`.`id` >= %s AND `users`.`schools`.`id` <= %s AND"
        " array_contains(from_json(%s, 'ARRAY<STRING>', map('mode', 'FAILFAST')), `users`.`schools`.`id`))"
    )
    assert params[:2] == ("id-0000", "id-0999")
    assert json.loads(params[2]) == ids


@pytest.mark.parametrize(
    ("model", "column", "values", "written", "db_type"),
    [
        (AuditLog, "event_timestamp", [MOMENT.replace(microsecond=n) for n in range(60)], MOMENT, "TIMESTAMP"),
        (GroupMetrics, "dominant_speaker_percentage", [Decimal(n) / 100 for n in range(60)], "0", "DECIMAL(5,2)"),
    ],
)
def test_numbers_and_times_of_a_long_list_are_cast(
    sql: Compile, model: Any, column: str, values: list[Any], written: Any, db_type: str
) -> None:
    """JSON would take digits from them, so they travel as text."""
    text, params = sql(model.objects.filter(**{f"{column}__in": values}).values("pk"))
    assert f"CAST(from_json(%s, 'ARRAY<STRING>', map('mode', 'FAILFAST')) AS ARRAY<{db_type}>)" in text
    assert json.loads(params[2])[0].startswith(str(written)[:1])


def test_a_long_list_leaves_out_what_the_column_cannot_have(sql: Compile) -> None:
    """As DECIMAL(5,2), 0.005 would find 0.01, and 1000 would end the statement; so would 2**31 as INT."""
    values = [Decimal(n) / 100 for n in range(60)]
    strange = [Decimal("0.005"), Decimal(1000), Decimal(-1000)]
    rows = GroupMetrics.objects.filter(dominant_speaker_percentage__in=[*values, *strange]).values("pk")
    assert [Decimal(text) for text in json.loads(sql(rows)[1][2])] == values
    numbers = School.objects.filter(max_teachers__in=[*range(60), 1 << 31, -(1 << 31) - 1]).values("pk")
    assert json.loads(sql(numbers)[1][2]) == list(range(60))


def test_exists_has_no_limit(sql: Compile) -> None:
    """Spark refuses LIMIT in a correlated EXISTS."""
    rows = School.objects.filter(Exists(Student.objects.filter(school=OuterRef("pk"))))
    assert "EXISTS(SELECT" in sql(rows)[0]
    assert "LIMIT" not in sql(rows)[0]


def test_the_first_row_of_a_correlated_subquery_is_an_aggregate(sql: Compile) -> None:
    """Spark refuses ORDER BY and LIMIT there."""
    newest = AuditLog.objects.filter(school=OuterRef("pk")).order_by("-event_timestamp", "-id").values("event_type")[:1]
    text = sql(School.objects.annotate(newest=Subquery(newest)).values("newest"))[0]
    assert "(SELECT max_by(U0.`event_type`, struct(U0.`event_timestamp`, U0.`id`)) AS `first_by_order`" in text
    mixed = AuditLog.objects.filter(school=OuterRef("pk")).order_by("-event_timestamp", "id").values("event_type")[:1]
    with pytest.raises(NotSupportedError, match="one direction"):
        sql(School.objects.annotate(newest=Subquery(mixed)))


def test_a_page_by_time_is_a_plain_range(sql: Compile, databricks: DatabaseWrapper) -> None:
    """The condition on the clustered column stands alone, with values in it and no subquery."""
    asked: list[QuerySet[AuditLog]] = []

    class Rows(QuerySet[AuditLog]):
        def __getitem__(self, key: Any) -> Any:
            asked.append(self)
            return []

    page(Rows(AuditLog), order=("-event_timestamp", "-id"), size=50, cursor="after.@1741100400123456.x")
    text, params = sql(asked[0].values("pk"))
    time, row_id = "`compliance`.`audit_log`.`event_timestamp`", "`compliance`.`audit_log`.`id`"
    assert f"WHERE ({time} <= %s AND ({time} < %s OR ({time} = %s AND {row_id} < %s))) ORDER BY" in text
    moment = datetime(2025, 3, 4, 15, 0, 0, 123_456, tzinfo=UTC)
    assert params == (moment, moment, moment, "x")


def test_days_are_those_of_the_school(sql: Compile) -> None:
    """An instant is shifted to the clocks of the zone before it is cut, and the zone is a name."""
    rows = AuditLog.objects.annotate(day=TruncDay("event_timestamp", tzinfo=ZoneInfo("America/New_York")))
    text = sql(rows.values("day").annotate(n=Count("pk")))[0]
    assert (
        "date_trunc('DAY', from_utc_timestamp(`compliance`.`audit_log`.`event_timestamp`, 'America/New_York'))" in text
    )


def test_many_rows_are_one_insert_and_conflicts_a_merge(databricks: DatabaseWrapper) -> None:
    """Maps and lists travel inside the JSON; of two rows with one key the later one counts."""
    rows: Any = [NotificationTemplate(id=f"t{n % 2}", name=f"n{n}", variables=["a", None], version=n) for n in range(3)]
    fields: Any = [NotificationTemplate._meta.get_field(name) for name in ("id", "name", "variables", "version")]
    plain = InsertQuery(NotificationTemplate)
    plain.insert_values(fields, rows)
    ((text, params),) = plain.get_compiler(connection=databricks).as_sql()
    assert text.startswith("INSERT INTO `notifications`.`templates` (`id`, `name`, `variables`, `version`) SELECT")
    assert "`variables`:ARRAY<STRING>" in text
    assert json.loads(params[0])[0] == {"id": "t0", "name": "n0", "variables": ["a", None], "version": 0}

    merge = InsertQuery(
        NotificationTemplate, on_conflict=OnConflict.UPDATE, update_fields=[fields[1]], unique_fields=[fields[0]]
    )
    merge.insert_values(fields, rows)
    ((text, params),) = merge.get_compiler(connection=databricks).as_sql()
    assert text.startswith("MERGE INTO `notifications`.`templates` t USING")
    assert "WHEN MATCHED THEN UPDATE SET t.`name` = s.`name` WHEN NOT MATCHED" in text
    assert [(row["id"], row["name"]) for row in json.loads(params[0])] == [("t0", "n2"), ("t1", "n1")]


def test_a_single_row_takes_a_map_as_text(databricks: DatabaseWrapper) -> None:
    """One row is a plain INSERT with typed parameters; NULL stays NULL."""
    fields: Any = [District._meta.get_field(name) for name in ("id", "contract_details", "region")]
    query = InsertQuery(District)
    query.insert_values(fields, [District(id="d", contract_details={"é": None}, region=None)])
    ((text, params),) = query.get_compiler(connection=databricks).as_sql()
    assert text == (
        "INSERT INTO `admin`.`districts` (`id`, `contract_details`, `region`)"
        " VALUES (%s, from_json(%s, 'MAP<STRING,STRING>', map('mode', 'FAILFAST')), %s)"
    )
    assert params == ("d", '{"é":null}', None)


def test_a_text_over_the_limit_of_parameters_stands_in_the_update(databricks: DatabaseWrapper) -> None:
    """A megabyte is written too, as base64 that nothing in SQL can take apart."""
    query = UpdateQuery(District)
    query.add_update_values({"name": "it's", "region": "é%s" * LIMIT})
    query.add_q(Q(pk="d"))
    text, params = query.get_compiler(connection=databricks).as_sql()
    assert params == ("it's", "d")
    assert text.count("%s") == 2
    assert base64.b64encode(("é%s" * 3).encode()).decode()[:8] in text


def test_only_what_is_too_long_is_moved() -> None:
    """The longest go first, doubled percent signs are no placeholders, and order is kept."""
    moved, kept = within_limit("a %s '%%s' b %s c %s", ["x" * 50, 7, "y" * 60], 55)
    assert moved == f"a %s '%%s' b %s c CAST(unbase64('{base64.b64encode(b'y' * 60).decode()}') AS STRING)"
    assert kept == ("x" * 50, 7)
    assert within_limit("a %s", ["x"], 55) == ("a %s", ("x",))


def test_many_short_lists_stay_within_the_markers(sql: Compile) -> None:
    """A union asks many tables for the same ids: what the server does not bind stands in the statement."""
    ids = [f"student-{number}" for number in range(40)]
    parts = [Student.objects.filter(pk__in=ids).order_by().values("pk") for _ in range(8)]
    text, params = sql(parts[0].union(*parts[1:], all=True))
    assert len(params) == text.count("%s") == MOST_MARKERS
    assert text.count("unbase64(") == 8 * 40 - MOST_MARKERS


def test_bulk_update_stays_within_the_markers(databricks: DatabaseWrapper) -> None:
    """It binds two markers a value and one a row; other writes are not split by rows."""
    pk, name = District._meta.pk, District._meta.get_field("name")
    assert databricks.ops.bulk_batch_size([pk, pk, name], [None] * 1_000) == 255 // 3
    assert databricks.ops.bulk_batch_size([pk, name], [None] * 1_000) == 1_000


def test_ids_of_numbered_tables_rise_and_fit_into_json() -> None:
    """django_migrations has a numbered key; no other table has."""
    numbers = [new_number() for _ in range(1_000)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 1 << 53


@pytest.mark.parametrize("bad", ["UTC'); --", "a b"])
def test_a_zone_that_is_no_name_is_refused(databricks: DatabaseWrapper, bad: str) -> None:
    """It would stand in the statement as text."""
    with pytest.raises(ValueError, match="time zone"):
        databricks.ops.datetime_cast_date_sql("x", (), bad)


def test_json_lookups_into_maps_say_that_there_are_none(sql: Compile) -> None:
    """Maps cannot be compared on Databricks; nothing wrong is answered."""
    for rows in (
        District.objects.filter(contract_details={"a": "b"}),
        District.objects.filter(contract_details__a="b"),
    ):
        with pytest.raises(NotSupportedError, match="MAP and ARRAY"):
            sql(rows)


def test_conditions_on_columns_use_like_with_escapes(sql: Compile) -> None:
    """A percent sign that a person types is one."""
    text, params = sql(
        School.objects.filter(name__icontains="100%_\\").order_by(F("name").asc(nulls_last=True)).values("pk")
    )
    assert "`users`.`schools`.`name` ILIKE %s" in text
    assert params == ("%100\\%\\_\\\\%",)
