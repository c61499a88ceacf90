"""Conditions on text with characters that mean something to an engine, and on local dates."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import ExtractHour, ExtractWeekDay, TruncDay, TruncHour, TruncMonth
from django.utils import timezone

from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, Student, Teacher
from tests.warehouse.contract.conftest import Contract
from tests.warehouse.contract.differences import expected
from tests.warehouse.contract.rows import AUDIT, CONSENTS, SPECIAL, START, STUDENTS

pytestmark = pytest.mark.warehouse

NEW_YORK = ZoneInfo("America/New_York")
LOOKUPS = ("exact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact", "in")


@pytest.mark.parametrize("text", SPECIAL)
def test_special_characters_mean_themselves(text: str) -> None:
    """No lookup takes %, _, a backslash, quotes, ${...}, {{...}}, ? or %s for anything but text."""
    found: Any = Student.objects.none()
    for lookup in LOOKUPS:
        value: object = [text] if lookup == "in" else text
        found = found.union(Student.objects.filter(**{f"display_name__{lookup}": value}).values_list("display_name"))
    assert list(found) == [(text,)]


@pytest.mark.parametrize(
    "part", ["%", "_", "\\", "'", '"', "${", "{{", "?", "%s", "*/", "\U0001f3f4", "בְרִ", "\u0301", "\n"]
)
def test_a_special_part_finds_the_rows_that_have_it(part: str) -> None:
    """A part of the text is found wherever it stands, and nothing else is."""
    assert {row.display_name for row in Student.objects.filter(display_name__contains=part)} == {
        s.display_name for s in STUDENTS if part in s.display_name
    }


def test_a_group_of_events_begins_alike() -> None:
    """`startswith` finds the events of one group and no other that has the letters elsewhere."""
    assert AuditLog.objects.filter(event_type__startswith="consent.").count() == 67


def test_a_special_character_in_a_shape_of_its_own() -> None:
    """The id of a child inside a JSON text is found with its quotes."""
    assert AuditLog.objects.filter(affected_student_ids__contains='"k-student-005"').count() == 4


def test_case_is_told_apart_or_not(contract: Contract) -> None:
    """`icontains` and `iexact` fold ASCII everywhere; other scripts and `contains` are listed differences."""
    assert Student.objects.filter(display_name__icontains="ADA").count() == 4
    assert Teacher.objects.filter(email__iexact="tEACHER1@eXAMPLE.ORG").count() == 1
    assert Teacher.objects.filter(email="teacher1@example.org").count() == 0
    folded = Student.objects.filter(display_name__icontains="BJÖRN").count() > 0
    assert folded == (expected("case of other scripts", contract.engine) == "folded")
    folded = Student.objects.filter(display_name__contains="ada").count() > 0
    assert folded == (expected("case in contains", contract.engine) == "folded")


def test_comparisons_of_numbers_and_times() -> None:
    """gt, gte, lt, lte, range and isnull have the ends that they say, to the microsecond."""
    assert CoppaCompliance.objects.filter(birth_year__gte=2010, birth_year__lt=2013).count() == 2
    assert CoppaCompliance.objects.filter(birth_year__range=(2012, 2013)).count() == 2
    at = START + timedelta(hours=3)
    assert ParentalConsent.objects.filter(consent_date__lte=at).count() == 4
    assert ParentalConsent.objects.filter(consent_date__lt=at).count() == 3
    assert ParentalConsent.objects.filter(consent_date__gt=at - timedelta(microseconds=1)).count() == 77
    assert ParentalConsent.objects.filter(consent_date=at).count() == 1
    assert ParentalConsent.objects.filter(revoked_at__isnull=True).count() == sum(not c.revoked_at for c in CONSENTS)


def test_text_is_ordered_by_its_code_points() -> None:
    """Capitals before small letters, ASCII before the rest: lists have the same order everywhere."""
    names = list(Teacher.objects.order_by("name").values_list("name", flat=True))
    assert names == sorted(names)


def test_local_days_over_a_change_of_the_clocks() -> None:
    """Rows are counted by the school's day; the day on which the clocks go forward has 23 hours."""
    rows = (
        AuditLog.objects.annotate(day=TruncDay("event_timestamp", tzinfo=NEW_YORK))
        .values("day")
        .annotate(number=Count("id"))
        .order_by("day")
    )
    wanted = Counter(row.event_timestamp.astimezone(NEW_YORK).date() for row in AUDIT)
    assert {row["day"].date(): row["number"] for row in rows} == wanted
    assert wanted[date(2025, 3, 9)] == 23 * 3
    assert rows[0]["day"] == datetime(2025, 3, 7, tzinfo=NEW_YORK)


def test_counts_of_many_ranges_in_one_question() -> None:
    """Ranges of time, counted in one row: none is lost, a range without rows counts 0, one without ends counts all."""
    edges = [datetime(2025, 3, 1, tzinfo=UTC), *(datetime(2025, 3, day, tzinfo=UTC) for day in range(8, 13))]
    ranges = [*pairwise(edges), (datetime(1970, 1, 1, tzinfo=UTC), edges[0])]
    counted = {
        f"part_{number}": Count("pk", filter=Q(event_timestamp__gte=since, event_timestamp__lt=until))
        for number, (since, until) in enumerate(ranges)
    }
    found = AuditLog.objects.aggregate(**counted, everything=Count("pk", filter=None))
    wanted = [sum(since <= row.event_timestamp < until for row in AUDIT) for since, until in ranges]
    assert [found[name] for name in counted] == wanted
    assert found["everything"] == len(AUDIT)


def test_groups_with_their_ends_the_latest_first() -> None:
    """Who did what how often, first and last: groups of three columns, sorted by a value of the group."""
    grouped = AuditLog.objects.order_by().values("actor_id", "actor_type", "event_type")
    counted = grouped.annotate(times=Count("pk"), first=Min("event_timestamp"), last=Max("event_timestamp"))
    columns = ("actor_id", "actor_type", "event_type", "times", "first", "last")
    found = list(counted.order_by("-last", "actor_id", "event_type").values_list(*columns)[:5])
    groups: dict[tuple[str, str, str], list[datetime]] = {}
    for row in AUDIT:
        groups.setdefault((row.actor_id, row.actor_type, row.event_type), []).append(row.event_timestamp)
    wanted = [(*who, len(times), min(times), max(times)) for who, times in groups.items()]
    wanted.sort(key=lambda group: (-group[5].timestamp(), group[0], group[2]))
    assert found == wanted[:5]


def test_what_is_left_out_leaves_rows_without_a_value() -> None:
    """`exclude` of a value, of a beginning and of one of several keeps rows whose column is empty."""
    empty = sum(row.ip_address is None for row in AUDIT)
    for condition in (Q(ip_address="nowhere"), Q(ip_address__startswith="nowhere"), Q(ip_address__in=["a", "b"])):
        assert AuditLog.objects.exclude(condition).count() == len(AUDIT)
        assert AuditLog.objects.exclude(condition).filter(ip_address__isnull=True).count() == empty


def test_local_hours_weekdays_and_months_over_a_change_of_the_clocks() -> None:
    """Parts of a local time, on both sides of the change."""
    around = AuditLog.objects.filter(
        event_timestamp__gte=datetime(2025, 3, 9, 6, tzinfo=UTC),
        event_timestamp__lt=datetime(2025, 3, 9, 8, tzinfo=UTC),
    )
    parts = around.annotate(
        hour=ExtractHour("event_timestamp", tzinfo=NEW_YORK),
        weekday=ExtractWeekDay("event_timestamp", tzinfo=NEW_YORK),
        begins=TruncHour("event_timestamp", tzinfo=NEW_YORK),
        month=TruncMonth("event_timestamp", tzinfo=NEW_YORK),
    )
    found = set(parts.values_list("hour", "weekday", "begins", "month"))
    month = datetime(2025, 3, 1, tzinfo=NEW_YORK)
    assert found == {
        (1, 1, datetime(2025, 3, 9, 6, tzinfo=UTC), month),
        (3, 1, datetime(2025, 3, 9, 7, tzinfo=UTC), month),
    }


def test_a_local_date_as_a_condition() -> None:
    """`date`, `hour` and `year` read the time in the current zone."""
    with timezone.override(NEW_YORK):
        day = date(2025, 3, 8)
        assert AuditLog.objects.filter(event_timestamp__date=day).count() == 24 * 3
        assert AuditLog.objects.filter(event_timestamp__date__gt=day, event_timestamp__hour=3).count() == 3
        assert AuditLog.objects.filter(event_timestamp__year=2025).count() == len(AUDIT)
