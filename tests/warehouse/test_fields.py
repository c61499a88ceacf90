"""Each column type keeps exactly what it was given, on every engine."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import (
    District,
    EducationalMetric,
    GroupMetrics,
    NotificationTemplate,
    Recording,
    Transcription,
)
from classwaves_admin.warehouse.models._base import CatalogModel
from tests.factories import catalog as make

pytestmark = [pytest.mark.warehouse, pytest.mark.usefixtures("warehouse")]

quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# UTF-8 engines have no lone surrogates, and PostgreSQL has no NUL; both are refused everywhere.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
LAST_DAY = date.max.toordinal() - 3
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FAMILY = "👩‍👧‍👦 Zoë עִבְרִית العربية हिन्दी 漢字 '\";\\ \r\n\t\u2028"


def again(row: CatalogModel) -> Any:
    """Read the row anew."""
    with system_scope(reason="test"):
        return type(row)._default_manager.get(pk=row.pk)


@quick
@given(st.none() | st.dictionaries(texts, st.none() | texts, max_size=5))
def test_a_map_comes_back_as_it_went(value: dict[str, str | None] | None) -> None:
    """MAP<STRING,STRING> keeps any Unicode, empty maps, null values and NULL apart."""
    assert again(make.district(contract_details=value)).contract_details == value


@quick
@given(st.none() | st.lists(st.none() | texts, max_size=5))
def test_an_array_comes_back_as_it_went(value: list[str | None] | None) -> None:
    """ARRAY<STRING> keeps any Unicode, the order, repeats, empty lists and NULL."""
    assert again(make.notification_template(variables=value)).variables == value


def test_null_is_sql_null() -> None:
    """An absent map or list is NULL for a query too, never the JSON word null."""
    district = make.district(contract_details=None)
    with system_scope(reason="test"):
        assert District.objects.filter(pk=district.pk, contract_details__isnull=True).exists()


@pytest.mark.parametrize("value", [{"a": 1}, {1: "a"}, ["a"], "a", {"a": ["b"]}, {"a": "\x00"}, {"\ud800": "a"}])
def test_a_map_refuses_other_things(value: Any) -> None:
    """Only text keys with text values may be saved; the message names the column and not the value."""
    with pytest.raises(ValidationError, match=r"admin\.districts\.contract_details is not a good MAP") as refused:
        make.district(contract_details=value)
    assert repr(value) not in str(refused.value)
    with pytest.raises(ValidationError):
        District._meta.get_field("contract_details").validate(value, None)


@pytest.mark.parametrize("value", [{"a": "b"}, [1], "ab", [["a"]], ["\x00"], ["\udfff"]])
def test_an_array_refuses_other_things(value: Any) -> None:
    """Only a list of text may be saved."""
    with pytest.raises(ValidationError, match=r"templates\.variables is not a good ARRAY"):
        make.notification_template(variables=value)
    with pytest.raises(ValidationError):
        NotificationTemplate._meta.get_field("variables").validate(value, None)


DECIMALS = [
    (EducationalMetric, "metric_value", 10, 4),
    (Transcription, "duration_seconds", 10, 3),
    (GroupMetrics, "participation_equality_index", 5, 4),
    (GroupMetrics, "dominant_speaker_percentage", 5, 2),
]


@pytest.mark.parametrize(("model", "column", "digits", "places"), DECIMALS)
@quick
@given(data=st.data())
def test_a_decimal_comes_back_exactly(
    model: type[CatalogModel], column: str, digits: int, places: int, data: st.DataObject
) -> None:
    """Every number of DECIMAL(precision, scale), both ends included, comes back with the same digits."""
    limit = 10**digits - 1
    value = Decimal(data.draw(st.sampled_from([limit, -limit, 0, 1, -1]) | st.integers(-limit, limit))).scaleb(-places)
    row = bare(model, {column: value})
    with system_scope(reason="test"):
        kept = getattr(again(row), column)
        found = model._default_manager.filter(**{"pk": row.pk, column: value}).exists()
    assert str(kept) == str(value.quantize(Decimal(1).scaleb(-places)))
    assert found, "an equal number must be found by a query"


@quick
@given(st.decimals(min_value=-999, max_value=999, places=6))
def test_a_finer_decimal_is_rounded_alike_everywhere(value: Decimal) -> None:
    """More places than the scale are rounded half up, as Databricks does."""
    row = bare(GroupMetrics, {"dominant_speaker_percentage": value})
    expected = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert again(row).dominant_speaker_percentage == expected


@pytest.mark.parametrize("value", ["1000", "-999.995", "NaN", "Infinity", "1e40"])
def test_a_decimal_that_does_not_fit_is_refused(value: str) -> None:
    """No engine gets a number that it would cut, and NaN is none."""
    with pytest.raises(ValidationError, match=r"is not a good DECIMAL\(5,2\)"):
        bare(GroupMetrics, {"dominant_speaker_percentage": Decimal(value)})


@quick
@given(st.datetimes(timezones=offsets))
@example(datetime(1, 1, 3, tzinfo=UTC))
@example(datetime(9999, 12, 29, 23, 59, 59, 999_999, tzinfo=UTC))
def test_a_timestamp_keeps_the_instant_to_the_microsecond(given_at: datetime) -> None:
    """TIMESTAMP comes back aware, in UTC, whatever zone it was given in."""
    assume(3 < given_at.toordinal() < LAST_DAY)
    row = bare(NotificationTemplate, {"updated_at": given_at})
    kept = again(row).updated_at
    assert kept == given_at
    assert kept.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time could mean any of 24 instants, so it is never saved."""
    with pytest.raises(ValidationError, match="updated_at"):
        make.district(updated_at=datetime(2025, 1, 1, 12))


@pytest.mark.parametrize(
    "text",
    ["", " ", FAMILY, "é" * (1 << 20), "%s %(a)s {} NULL null"],
    ids=["empty", "blank", "many scripts", "1 MB", "format"],
)
def test_text_of_any_kind_and_length_comes_back(text: str) -> None:
    """STRING keeps the empty text apart from NULL, every script, and a megabyte."""
    assert again(make.district(region=text)).region == text


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_one_engine_refuses_is_refused_by_all(text: str) -> None:
    """NUL and lone surrogates are stopped before an engine sees them."""
    with pytest.raises(ValidationError, match=r"admin\.districts\.name"):
        make.district(name=text)


@pytest.mark.parametrize(
    ("column", "value", "fits"),
    [
        ("sample_rate", 2**31 - 1, True),
        ("sample_rate", -(2**31), True),
        ("sample_rate", 2**31, False),
        ("file_size_bytes", 2**63 - 1, True),
        ("file_size_bytes", 2**63, False),
    ],
)
def test_whole_numbers_have_the_range_of_their_type(column: str, value: int, fits: bool) -> None:
    """INT has 32 bits and BIGINT 64, on SQLite too."""
    if fits:
        row = bare(Recording, {column: value})
        assert getattr(again(row), column) == value
    else:
        with pytest.raises(ValidationError, match=column):
            bare(Recording, {column: value})


def test_ids_are_uuid7_text_that_sorts_by_time() -> None:
    """A later row has a greater id as text, on every engine's own order."""
    earlier = []
    for _ in range(3):
        earlier.append(make.district(state="order").pk)
        time.sleep(0.002)
    with system_scope(reason="test"):
        sorted_by_engine = list(District.objects.filter(pk__in=earlier).order_by("pk").values_list("pk", flat=True))
    assert sorted_by_engine == earlier
    assert all(len(key) == 36 and key[14] == "7" for key in earlier)


def test_an_id_of_another_service_is_kept() -> None:
    """Other services choose their own ids; ours are a default only."""
    key = f"sis:{FAMILY}:{time.monotonic_ns()}"
    assert again(make.district(id=key)).pk == key


def test_a_missing_required_value_is_refused_by_the_field() -> None:
    """`storable` tells the gateway that a NOT NULL column needs a value."""
    field = District._meta.get_field("name")
    with pytest.raises(ValidationError, match=r"admin\.districts\.name"):
        field.storable(None)


def test_a_reference_may_name_a_row_that_is_not_there(warehouse: BaseDatabaseWrapper) -> None:
    """The warehouse enforces no foreign key: rows may arrive in any order."""
    row = bare(EducationalMetric, {})
    assert again(row).session_id == "s"
    warehouse.check_constraints()


def bare(model: type[CatalogModel], values: dict[str, Any]) -> CatalogModel:
    """Save one row without the rows that it names."""
    required: dict[type[CatalogModel], dict[str, Any]] = {
        EducationalMetric: {"session_id": "s", "metric_type": "t", "metric_name": "n"},
        GroupMetrics: {"session_id": "s", "group_id": "g"},
        NotificationTemplate: {"name": "n", "channel": "email", "category": "c", "body_template": "b"}
        | {"is_active": True, "version": 1},
        Recording: {"session_id": "s", "file_path": "f", "format": "opus", "sample_rate": 1, "channels": 1}
        | {"is_processed": False, "transcription_status": "none", "processing_attempts": 0},
        Transcription: {"session_id": "s", "speaker_id": "p", "speaker_type": "student", "speaker_name": "x"}
        | {"content": "c", "language_code": "en-US", "confidence_score": Decimal(1), "is_final": True}
        | {"start_time": datetime(2025, 1, 1, tzinfo=UTC), "end_time": datetime(2025, 1, 1, tzinfo=UTC)},
    }
    if any(field.name == "calculation_timestamp" for field in model.columns()):
        required[model]["calculation_timestamp"] = datetime(2025, 1, 1, tzinfo=UTC)
    row = model(**(required[model] | values))
    with guard.writing():
        row.save(force_insert=True)
    return row
