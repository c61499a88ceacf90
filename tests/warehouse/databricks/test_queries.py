"""What Databricks has to be asked in its own way, asked of a live warehouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber, TruncDay
from django.test.utils import CaptureQueriesContext

from classwaves_admin.lib.keyset import page
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import (
    AuditLog,
    District,
    GroupMetrics,
    NotificationTemplate,
    School,
)
from tests.factories import catalog as make

pytestmark = [pytest.mark.warehouse, pytest.mark.usefixtures("catalog")]

START = datetime(2025, 3, 9, 4, 30, tzinfo=UTC)  # the night in which New York's clocks go forward


def log(name: str, number: int, school: str = "s") -> AuditLog:
    """Return the numbered row of a test, a minute after the one before, not saved."""
    return AuditLog(
        id=f"{name}-{number:05}",
        actor_id="a",
        actor_type="teacher",
        event_type=f"type.{number % 7}",
        event_category=name,
        event_timestamp=START + timedelta(minutes=number, microseconds=number),
        resource_type="student",
        school_id=school,
        description=f"row {number}",
    )


def write(rows: list[AuditLog]) -> list[AuditLog]:
    """Save rows as a bulk insert."""
    with guard.writing():
        AuditLog.objects.bulk_create(rows)
    return rows


def test_lists_of_any_length_find_what_they_name() -> None:
    """Ids, instants and decimals, hundreds at once, in and not in, in one statement each."""
    rows = write([log("lists", number) for number in range(300)])
    with guard.writing():
        GroupMetrics.objects.bulk_create(
            GroupMetrics(
                id=f"lists-{n}",
                group_id="g",
                session_id="s",
                dominant_speaker_percentage=Decimal(n) / 100,
                calculation_timestamp=START,
            )
            for n in range(100)
        )
    mine = AuditLog.objects.filter(event_category="lists")
    assert mine.filter(pk__in=[row.pk for row in rows[100:]] + ["no such row", None]).count() == 200
    assert mine.exclude(pk__in=[row.pk for row in rows[100:]]).count() == 100
    assert mine.filter(event_timestamp__in=[row.event_timestamp for row in rows[:80]]).count() == 80
    assert (
        GroupMetrics.objects.filter(dominant_speaker_percentage__in=[Decimal(n) / 50 for n in range(60)]).count() == 50
    )
    assert len(AuditLog.objects.in_bulk([row.pk for row in rows])) == 300


def test_a_list_of_300_is_one_statement(catalog: BaseDatabaseWrapper) -> None:
    """Django would send three, one for each 255 parameters that the server binds."""
    with CaptureQueriesContext(catalog) as sent:
        School.objects.in_bulk([str(number) for number in range(300)])
    assert len(sent) == 1


def test_rows_written_again_change_nothing() -> None:
    """Conflicts are ignored or overwritten by one MERGE, of two rows with one key the later one counts."""
    rows = write([log("again", number) for number in range(20)])
    with guard.writing():
        AuditLog.objects.bulk_create([*rows, log("again", 20), log("again", 20)], ignore_conflicts=True)
        changed = [log("again", 3), log("again", 3), log("again", 21)]
        changed[0].description, changed[1].description = "first", "second"
        for _ in range(2):
            AuditLog.objects.bulk_create(
                changed, update_conflicts=True, unique_fields=["id"], update_fields=["description"]
            )
    mine = AuditLog.objects.filter(event_category="again")
    assert mine.count() == 22
    assert mine.get(pk="again-00003").description == "second"


def test_megabytes_come_back_whichever_way_they_were_written() -> None:
    """A text over the limit of parameters goes in the statement: created, merged and updated."""
    long = "é\\'\"%s%%${x}😀\n" * 62_000
    assert len(long.encode()) > 1_000_000
    rows = [log("long", number) for number in range(3)]
    rows[0].description = rows[1].description = long
    with guard.writing():
        rows[0].save(force_insert=True)
        AuditLog.objects.bulk_create(
            rows[1:], update_conflicts=True, unique_fields=["id"], update_fields=["event_type"]
        )
        AuditLog.objects.filter(pk=rows[2].pk).update(description=long, user_agent="short")
    found = AuditLog.objects.filter(event_category="long").values_list("description", flat=True)
    assert [text == long for text in found] == [True] * 3


def test_rows_of_several_megabytes_are_several_statements(catalog: BaseDatabaseWrapper) -> None:
    """Each JSON array stays under the limit of a statement's parameters."""
    rows = [log("parts", number) for number in range(6)]
    for row in rows:
        row.description = "x" * 400_000
    with CaptureQueriesContext(catalog) as sent:
        write(rows)
    assert sum("INSERT INTO" in query["sql"] for query in sent) == 3
    assert AuditLog.objects.filter(event_category="parts").count() == 6


def test_maps_and_lists_come_back_as_they_were() -> None:
    """Text of any script, empty ones, and NULL inside and outside, one by one and in bulk."""
    maps = [{"é\"'\\": "1", "": "", "n": None}, {}, None]
    lists = [["x", None, "", "ü,\"'\\ \n"], [], None]
    with guard.writing():
        made = [make.district(contract_details=value) for value in maps]
        NotificationTemplate.objects.bulk_create(
            NotificationTemplate(
                id=f"list-{n}",
                name="n",
                channel="email",
                category="c",
                body_template="b",
                variables=value,
                is_active=True,
                version=1,
            )
            for n, value in enumerate(lists)
        )
        District.objects.filter(pk=made[1].pk).update(contract_details={"k": "v"})
    assert District.objects.get(pk=made[0].pk).contract_details == maps[0]
    assert District.objects.get(pk=made[1].pk).contract_details == {"k": "v"}
    assert District.objects.get(pk=made[2].pk).contract_details is None
    kept = NotificationTemplate.objects.filter(pk__startswith="list-").order_by("pk")
    assert list(kept.values_list("variables", flat=True)) == lists


def test_many_rows_are_updated_by_bulk_update() -> None:
    """It is split so that no statement has more than 255 markers."""
    rows = write([log("bulk", number) for number in range(150)])
    for row in rows:
        row.description = f"new {row.pk}"
    with guard.writing():
        AuditLog.objects.bulk_update(rows, ["description"])
    assert AuditLog.objects.filter(event_category="bulk", description__startswith="new bulk-").count() == 150


def test_subqueries_about_the_row_outside() -> None:
    """EXISTS, the newest by time, and the first of each group by a window."""
    schools = [make.school(name=f"Subqueries {n}") for n in range(3)]
    for n, school in enumerate(schools[:2]):
        write([log(f"sub{n}", number, school.pk) for number in range(5)])
    asked = School.objects.filter(name__startswith="Subqueries").order_by("name")
    theirs = AuditLog.objects.filter(school=OuterRef("pk"))
    assert asked.filter(Exists(theirs)).count() == 2
    assert list(asked.annotate(any=Exists(theirs)).values_list("any", flat=True)) == [True, True, False]
    newest = theirs.order_by("-event_timestamp", "-id").values("id")[:1]
    oldest = theirs.order_by("event_timestamp").values("id")[:1]
    assert list(asked.annotate(n=Subquery(newest), o=Subquery(oldest)).values_list("n", "o")) == [
        ("sub0-00004", "sub0-00000"),
        ("sub1-00004", "sub1-00000"),
        (None, None),
    ]
    ranked = AuditLog.objects.filter(event_category__startswith="sub").annotate(
        place=Window(RowNumber(), partition_by="school_id", order_by=F("event_timestamp").desc())
    )
    assert ranked.filter(place=1).count() == 2
    with pytest.raises(NotSupportedError, match="slice"):
        list(asked.annotate(n=Subquery(theirs.values("id")[1:2])))


def test_days_begin_at_midnight_of_the_school() -> None:
    """On the day of 23 hours too, with counts that filter."""
    write([log("days", number * 60) for number in range(30)])
    zone = ZoneInfo("America/New_York")
    rows = (
        AuditLog.objects.filter(event_category="days")
        .annotate(day=TruncDay("event_timestamp", tzinfo=zone))
        .values("day")
        .annotate(n=Count("pk"), some=Count("pk", filter=Q(event_type="type.0")))
        .order_by("day")
    )
    days = [datetime(2025, 3, 8 + n, tzinfo=zone) for n in range(3)]
    assert [(row["day"], row["n"]) for row in rows] == [(days[0], 1), (days[1], 23), (days[2], 6)]
    assert sum(row["some"] for row in rows) == sum(number * 60 % 7 == 0 for number in range(30))


def test_iterating_reads_all_batches_in_order() -> None:
    """Rows come in batches of Arrow; their order and number are those of the query."""
    write([log("many", number) for number in range(4_500)])
    rows = AuditLog.objects.filter(event_category="many").order_by("event_timestamp").values_list("pk", flat=True)
    assert list(rows.iterator(chunk_size=700)) == [f"many-{number:05}" for number in range(4_500)]


def test_pages_by_time_and_by_name_show_each_row_once() -> None:
    """The log by moment, tables by name, whatever the cursor carries."""
    write([log("pages", number // 3) for number in range(1)])
    rows = [log("pages", number) for number in range(1, 12)]
    for row in rows:
        row.event_timestamp = START + timedelta(microseconds=int(row.pk[-5:]) // 3)
    write(rows)
    seen: list[str] = []
    cursor = ""
    while True:
        part = page(
            AuditLog.objects.filter(event_category="pages"), order=("-event_timestamp", "-id"), size=5, cursor=cursor
        )
        seen += [row.pk for row in part.rows]
        if not (cursor := part.next):
            break
    assert seen == [f"pages-{number:05}" for number in reversed(range(12))]
    by_name = page(
        AuditLog.objects.filter(event_category="pages"), order=("description", "id"), size=5, cursor="after.pages-00003"
    )
    assert [row.description for row in by_name.rows] == ["row 4", "row 5", "row 6", "row 7", "row 8"]


def test_exact_numbers_and_microseconds_of_every_year() -> None:
    """Decimals keep their digits, instants theirs, in 1970 and 2100 and between."""
    moments = [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2100, 2, 28, 23, 59, 59, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 12, 0, 0, 123_456, tzinfo=UTC),
    ]
    with guard.writing():
        for many in (False, True):
            rows = [
                GroupMetrics(
                    id=f"exact-{many}-{n}",
                    group_id="g",
                    session_id="s",
                    dominant_speaker_percentage=Decimal("-999.99") if n % 2 else Decimal("0.01"),
                    calculation_timestamp=moment,
                )
                for n, moment in enumerate(moments)
            ]
            if many:
                GroupMetrics.objects.bulk_create(rows)
            else:
                for row in rows:
                    row.save(force_insert=True)
    for many in (False, True):
        kept = GroupMetrics.objects.filter(pk__startswith=f"exact-{many}-").order_by("pk")
        assert list(kept.values_list("calculation_timestamp", flat=True)) == moments
        assert [str(row.dominant_speaker_percentage) for row in kept] == ["0.01", "-999.99"] * 2
        assert kept.filter(calculation_timestamp__year=2100).count() == 1
