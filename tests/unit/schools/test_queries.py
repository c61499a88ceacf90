"""Time zones of schools."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from classwaves_admin.schools.queries import time_zone, time_zones
from classwaves_admin.schools.values import forget_school
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


def test_a_school_reads_dates_in_its_own_zone() -> None:
    """The setting `timezone` of the school decides."""
    school = make.school()
    make.setting(school=school, key="timezone", value="America/Denver")
    assert time_zone(school.id) == ZoneInfo("America/Denver")


@pytest.mark.parametrize("value", [None, "Mars/Olympus", "", "../etc/passwd"])
def test_without_a_usable_setting_the_default_counts(value: str | None) -> None:
    """A missing zone, and a word that is none, give the portal's default."""
    school = make.school()
    if value is not None:
        make.setting(school=school, key="timezone", value=value)
    assert time_zone(school.id) == ZoneInfo("America/New_York")


def test_many_schools_cost_one_query_and_then_none() -> None:
    """Zones are read together and remembered."""
    ids = [make.school().id for _ in range(3)]
    with CaptureQueriesContext(connections["warehouse"]) as queries:
        time_zones(ids)
        time_zones(ids)
    assert len(queries) == 1


def test_a_changed_setting_counts_once_the_memory_is_dropped() -> None:
    """After `forget_school` the catalog is asked again."""
    school = make.school()
    time_zone(school.id)
    make.setting(school=school, key="timezone", value="Pacific/Honolulu")
    forget_school(school.id)
    assert time_zone(school.id) == ZoneInfo("Pacific/Honolulu")
