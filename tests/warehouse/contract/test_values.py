"""Every column type keeps the edges of its range, alone and in bulk, and finds them again by a condition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import District, EducationalMetric, NotificationQueue, Recording
from classwaves_admin.warehouse.models import NotificationTemplate as Template
from classwaves_admin.warehouse.models._base import CatalogModel
from tests.warehouse.contract.rows import SPECIAL, START

pytestmark = pytest.mark.warehouse

FAMILY = "👩‍👧‍👦 Zoë עִבְרִית العربية हिन्दी 漢字 '\";\\ \r\n\t\u2028\ufeff\U0010ffff"
# Controls, quotes of several languages, and everything that JSON, SQL, LIKE or a template gives a meaning.
HOSTILE = (
    "".join(map(chr, range(1, 32)))
    + "\x7f\x85\xa0"
    + "\"'`´\u201c\u201d\u2018\u2019«»"
    + "\\%_${x}{{x}}{x}?:;#--/**/<>&"
)
TEXTS = ("", " ", "  two  ", FAMILY, HOSTILE, "\\u0041\\n\\x00\\0", "'; DROP TABLE x; --", "NULL", "null", *SPECIAL)
MAPS: tuple[dict[str, str | None] | None, ...] = (
    None,
    {},
    {"": ""},
    {"a": None},
    {text: text for text in TEXTS},
    {'"': '{"a": ["\\""]}'},
)
ARRAYS: tuple[list[str | None] | None, ...] = (
    None,
    [],
    [""],
    [None],
    [None, "", None],
    list(TEXTS),
    ['["', '"]', "\\"],
)
TIMES = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1582, 10, 10, 12, tzinfo=UTC),  # between Julian and Gregorian, where calendars of Java differ
    datetime(1883, 11, 18, 17, 0, 0, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2025, 3, 9, 2, 30, tzinfo=ZoneInfo("America/New_York")),  # an hour that the clocks jumped over
    datetime(2025, 11, 2, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York")),
    datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(2100, 2, 28, 23, 59, 59, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)
DECIMALS = [
    Decimal(text) for text in ("999999.9999", "-999999.9999", "0.0000", "0.0001", "-0.0001", "100000", "7E-4", "1E+5")
]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
few = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(rows: Sequence[CatalogModel]) -> list[Any]:
    """Write rows in one statement and return them as they come back, in the same order."""
    table: QuerySet[CatalogModel] = QuerySet(type(rows[0]), using="warehouse")
    with writing():
        table.bulk_create(rows)
    back = table.in_bulk([row.pk for row in rows])
    return [back[row.pk] for row in rows]


def district(**values: Any) -> District:
    """Make a district that is not saved."""
    return District(
        **{"id": new_id(), "name": "D", "state": "NY", "subscription_tier": "free", "is_active": True} | values
    )


def template(**values: Any) -> Template:
    """Make a template that is not saved."""
    return Template(
        **{"id": new_id(), "name": "n", "channel": "email", "category": "c", "body_template": "b", "is_active": True}
        | {"version": 1}
        | values
    )


def metric(**values: Any) -> EducationalMetric:
    """Make a metric that is not saved."""
    required = {"session_id": "s", "metric_type": "t", "metric_name": "n", "calculation_timestamp": START}
    return EducationalMetric(**{"id": new_id()} | required | values)


def recording(**values: Any) -> Recording:
    """Make a recording that is not saved."""
    required = {"session_id": "s", "file_path": "f", "format": "opus", "sample_rate": 1, "channels": 1}
    state = {"is_processed": False, "transcription_status": "none", "processing_attempts": 0}
    return Recording(**{"id": new_id()} | required | state | values)


def test_text() -> None:
    """STRING keeps the empty text apart from NULL, any Unicode, and what SQL, JSON and LIKE give a meaning."""
    rows = written([district(region=text, name=text) for text in (*TEXTS, None) if text is not None])
    assert [row.region for row in rows] == list(TEXTS)
    assert written([district(region=None)])[0].region is None
    for text in ("", FAMILY, HOSTILE):
        assert text in {row.region for row in District.objects.filter(region=text)}


def test_a_megabyte_of_text() -> None:
    """A row of a megabyte is written alone and beside small ones, and found by its text."""
    for big in ("x" * (1 << 20), "é" * (1 << 19), "\"\\\n${x}'" * 120_000):
        rows = written([district(region="small"), district(region=big), district(region="after")])
        assert [row.region == text for row, text in zip(rows, ("small", big, "after"), strict=True)] == [True] * 3
    assert District.objects.filter(region="x" * (1 << 20)).count() == 1


def test_maps() -> None:
    """MAP keeps empty maps, empty keys, null values, quotes inside quotes, and NULL apart."""
    rows = written([district(contract_details=value) for value in MAPS])
    assert [row.contract_details for row in rows] == list(MAPS)
    mine = District.objects.filter(pk__in=[row.pk for row in rows])
    assert [row.pk for row in mine.filter(contract_details__isnull=True)] == [rows[0].pk]


def test_arrays() -> None:
    """ARRAY keeps order, repeats, null items, empty lists, and NULL apart."""
    rows = written([template(variables=value) for value in ARRAYS])
    assert [row.variables for row in rows] == list(ARRAYS)
    mine = Template.objects.filter(pk__in=[row.pk for row in rows])
    assert mine.filter(variables__isnull=False).count() == len(ARRAYS) - 1


def test_times() -> None:
    """TIMESTAMP keeps the instant from year 1 to 9999, to the microsecond, in any zone, and comes back in UTC."""
    rows = written([district(created_at=at) for at in TIMES])
    assert [row.created_at for row in rows] == [at.astimezone(UTC) for at in TIMES]
    assert {row.created_at.tzinfo for row in rows} == {UTC}
    mine = District.objects.filter(pk__in=[row.pk for row in rows])
    in_order = [pk for _, pk in sorted((row.created_at, row.pk) for row in rows)]
    assert list(mine.order_by("created_at").values_list("pk", flat=True)) == in_order
    assert mine.filter(created_at__in=TIMES).count() == len(TIMES)
    assert mine.filter(created_at__gte=TIMES[-1]).count() == 1


def test_decimals() -> None:
    """DECIMAL keeps every digit and its scale, however the number was written."""
    rows = written([metric(metric_value=value) for value in DECIMALS])
    assert [str(row.metric_value) for row in rows] == [str(value.quantize(Decimal("0.0001"))) for value in DECIMALS]
    mine = EducationalMetric.objects.filter(pk__in=[row.pk for row in rows])
    assert mine.filter(metric_value__in=DECIMALS).count() == len(DECIMALS)
    assert mine.filter(metric_value__lt=Decimal("-0.00005")).count() == 2


def test_whole_numbers_and_truth() -> None:
    """INT and BIGINT keep both ends; BOOLEAN is a bool and no number."""
    ends = [(2**31 - 1, 2**63 - 1), (-(2**31), -(2**63)), (0, None)]
    rows = written([recording(sample_rate=small, file_size_bytes=big, is_processed=small > 0) for small, big in ends])
    assert [(row.sample_rate, row.file_size_bytes) for row in rows] == ends
    assert [row.is_processed for row in rows] == [True, False, False]
    assert Recording.objects.filter(file_size_bytes=2**63 - 1).exists()


def test_many_columns_of_null() -> None:
    """A row whose optional columns are all NULL comes back with NULL, beside one in which all are filled."""
    required = {"user_id": "u", "notification_type": "t", "priority": "p", "channel": "c", "recipient_address": "a"}
    required |= {"content": "x", "status": "s"}
    numbers = {"retry_count": 0, "max_retries": 3}
    optional = {field.name for field in NotificationQueue._meta.concrete_fields if field.null}
    full: dict[str, Any] = dict.fromkeys(optional - {"template_data"}, "text") | {"template_data": {"a": "b"}}
    full |= dict.fromkeys(("scheduled_for", "expires_at", "sent_at", "failed_at"), START)
    rows = written(
        [
            NotificationQueue(id=new_id(), **required, **numbers),
            NotificationQueue(id=new_id(), **required, **numbers, **full),
        ]
    )
    assert {getattr(rows[0], name) for name in optional} == {None}
    assert {name: getattr(rows[1], name) for name in optional} == full


@few
@given(st.lists(st.tuples(texts, st.dictionaries(texts, st.none() | texts, max_size=3)), min_size=5, max_size=20))
def test_rows_of_any_kind(values: list[tuple[str, dict[str, str | None]]]) -> None:
    """Whatever text and map hypothesis thinks of comes back, many rows in one statement."""
    rows = written([district(region=text, contract_details=content) for text, content in values])
    assert [(row.region, row.contract_details) for row in rows] == values


@few
@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.timezones()),
            st.decimals(-999999, 999999, places=4),
            st.lists(st.none() | texts, max_size=3),
        ),
        min_size=5,
        max_size=20,
    )
)
def test_more_rows_of_any_kind(values: list[tuple[datetime, Decimal, list[str | None]]]) -> None:
    """The same for instants, decimals and lists."""
    metrics = written([metric(metric_value=number, calculation_timestamp=at) for at, number, _ in values])
    assert [(row.calculation_timestamp, row.metric_value) for row in metrics] == [
        (at.astimezone(UTC), number) for at, number, _ in values
    ]
    assert [row.variables for row in written([template(variables=items) for *_, items in values])] == [
        items for *_, items in values
    ]
