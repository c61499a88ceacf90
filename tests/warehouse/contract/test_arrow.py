"""Rows in columns: the same values as Django's, with the catalog's types, on every engine."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from django.db.models import QuerySet

from classwaves_admin.tenancy.scope import NOTHING, inside
from classwaves_admin.warehouse.arrow import UnreadableColumn, batches, schema
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, NotificationQueue
from classwaves_admin.warehouse.models._base import CatalogModel
from tests.warehouse.contract.conftest import Contract
from tests.warehouse.contract.rows import AUDIT, MODELS

pytestmark = pytest.mark.warehouse


SAMPLES: dict[str, Any] = {
    "STRING": "Maya’s 漢字",
    "INT": -2_147_483_648,
    "BIGINT": 9_007_199_254_740_993,
    "BOOLEAN": True,
    "TIMESTAMP": datetime(2026, 3, 4, 15, 0, 0, 123456, tzinfo=UTC),
    "MAP<STRING,STRING>": {"key": "value", "none": None},
    "ARRAY<STRING>": ["one", None, "two"],
}


def sample(field: Any) -> Any:
    """Return a value that fills the column."""
    if field.catalog_type.startswith("DECIMAL"):
        return Decimal(10**field.max_digits - 1).scaleb(-field.decimal_places)
    return SAMPLES[field.catalog_type]


def as_django(row: dict[str, Any], model: type[CatalogModel]) -> dict[str, Any]:
    """Return a row as Django gives it: a map is a list of pairs in Arrow."""
    maps = {field.attname for field in model.columns() if field.catalog_type.startswith("MAP")}
    return {name: dict(value) if name in maps and value is not None else value for name, value in row.items()}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.db_table)
def test_every_column_comes_with_its_value_and_type(model: type[CatalogModel]) -> None:
    """Every row of the contract and a full one, read in batches of three, equals what Django reads."""
    names = [field.attname for field in model.columns()]
    rows: QuerySet[CatalogModel] = QuerySet(model, using="warehouse")
    full = model(**{field.attname: sample(field) for field in model.columns()})
    with writing():
        rows.bulk_create([full])
    try:
        found: list[dict[str, Any]] = []
        for batch in batches(rows.order_by("pk"), size=3):
            assert batch.schema == schema(model, names)
            assert 0 < batch.num_rows <= 3
            found += batch.to_pylist()
        wanted = list(rows.order_by("pk").values(*names))
        assert [as_django(row, model) for row in found] == wanted
    finally:
        with writing():
            rows.filter(pk=full.pk).delete()


def test_chosen_columns_in_the_order_and_number_that_the_queryset_says() -> None:
    """Filter, order and limit are the queryset's; columns are those that were named."""
    rows = AuditLog.objects.order_by("-event_timestamp", "-id")[:5]
    (batch,) = batches(rows, ["id", "event_timestamp"])
    newest = sorted(AUDIT, key=lambda row: (row.event_timestamp, row.id), reverse=True)[:5]
    assert batch.to_pylist() == [{"id": row.id, "event_timestamp": row.event_timestamp} for row in newest]


def test_nothing_to_read_gives_no_batch() -> None:
    """Neither a filter that nothing fits nor a scope without schools makes an empty batch."""
    assert list(batches(AuditLog.objects.filter(id="nobody"))) == []
    with inside(NOTHING):
        assert list(batches(AuditLog.objects.all())) == []


def test_the_first_batch_comes_before_the_rest_is_read(contract: Contract) -> None:
    """A reader who stops leaves nothing open: the connection answers the next question."""
    found = batches(AuditLog.objects.order_by("id"), ["id"], size=1)
    assert next(found).num_rows == 1
    found.close()  # type: ignore[attr-defined]
    assert AuditLog.objects.count() == len(AUDIT)


def test_a_value_that_does_not_fit_names_the_column_and_not_the_value(contract: Contract) -> None:
    """SQLite keeps anything; what another service wrote there is never repeated in an error."""
    if contract.engine != "sqlite":
        pytest.skip("the engine itself refuses such a value")
    ages: QuerySet[CoppaCompliance] = QuerySet(CoppaCompliance, using="warehouse")
    row = ages.order_by("id")[0]
    try:
        with writing(), contract.connection.cursor() as cursor:
            cursor.execute('UPDATE "compliance.coppa_compliance" SET birth_year = %s WHERE id = %s', ["Maya", row.pk])
        with pytest.raises(UnreadableColumn, match="birth_year") as caught:
            list(batches(ages, ["birth_year"]))
        assert "Maya" not in str(caught.value)
        assert caught.value.__cause__ is None
    finally:
        with writing():
            ages.filter(pk=row.pk).update(birth_year=row.birth_year)


def test_maps_and_lists_are_nested_columns() -> None:
    """Text of JSON becomes what the catalog says: MAP<STRING,STRING>."""
    names = [field.attname for field in NotificationQueue.columns() if "MAP" in field.catalog_type]
    assert all(pa.types.is_map(field.type) for field in schema(NotificationQueue, names))
