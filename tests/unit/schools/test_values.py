"""What holds at a school, and where it comes from."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.accounts.directory import schools_of_districts
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.districts.placing import district_now
from classwaves_admin.schools.models import DistrictSetting, WrittenSetting
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.schools.setting_kinds import Kind
from classwaves_admin.schools.settings.queries import Fault, sheet_of
from classwaves_admin.schools.settings_registry import SETTINGS
from classwaves_admin.schools.values import (
    OfDistrict,
    Origin,
    Stored,
    Value,
    forget_district,
    forget_school,
    in_force,
    value,
    values,
)
from classwaves_admin.tenancy.scope import system_scope
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
HOUR = "reminders.hour"
A_MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("own", "district", "expected"),
    [
        (None, None, Value(8, Origin.PORTAL)),
        (Stored("9", "int"), None, Value(9, Origin.SCHOOL)),
        (None, OfDistrict("10", locked=False), Value(10, Origin.DISTRICT)),
        (Stored("9", "int"), OfDistrict("10", locked=False), Value(9, Origin.SCHOOL)),
        (Stored("9", "int"), OfDistrict("10", locked=True), Value(10, Origin.DISTRICT, locked=True)),
        (Stored("soon", "int"), None, Value(8, Origin.PORTAL, unreadable=True)),
        (Stored("9", "boolean"), None, Value(8, Origin.PORTAL, unreadable=True)),
        (Stored("99", "int"), OfDistrict("10", locked=False), Value(10, Origin.DISTRICT, unreadable=True)),
        (Stored("9", "number"), OfDistrict("99", locked=True), Value(9, Origin.SCHOOL, unreadable=True)),
        (Stored(None, "int"), OfDistrict("10", locked=False), Value(10, Origin.DISTRICT)),
    ],
)
def test_the_nearest_readable_value_counts_unless_a_lock_stands(
    own: Stored | None, district: OfDistrict | None, expected: Value
) -> None:
    """School before district before portal; a locked value of the district before all."""
    assert in_force(SETTINGS[HOUR], own, district) == expected


def test_of_two_rows_the_newest_counts(frozen_now: time_machine.Traveller) -> None:
    """The catalog has no unique keys: whoever wrote last is believed."""
    school, earlier = make.school(), now() - A_MINUTE
    make.setting(school=school, key=HOUR, value="11", setting_type="int")
    make.setting(school=school, key=HOUR, value="10", setting_type="int", updated_at=earlier)
    assert value(school.id, HOUR) == Value(11, Origin.SCHOOL)


@pytest.mark.parametrize(("later", "expected"), [(True, 11), (False, 12)])
def test_what_the_portal_wrote_counts_until_the_catalog_is_newer(
    later: bool, expected: int, frozen_now: time_machine.Traveller
) -> None:
    """A change that has not arrived in the catalog yet holds; another service's later one wins."""
    school = make.school()
    make.setting(school=school, key=HOUR, value="11", setting_type="int")
    _written(school.id, "12", now() - A_MINUTE if later else now())
    assert value(school.id, HOUR).value == expected


@pytest.mark.parametrize(("over", "expected"), [(True, 12), (False, 11)])
def test_a_row_of_the_future_that_the_portal_has_replaced_counts_no_more(
    over: bool, expected: int, frozen_now: time_machine.Traveller
) -> None:
    """Until the change arrives in the catalog; one that another service wrote since does count."""
    school, future = make.school(), now() + timedelta(days=400)
    make.setting(school=school, key=HOUR, value="11", setting_type="int", updated_at=future)
    _written(school.id, "12", now(), over_at=future if over else None)
    assert value(school.id, HOUR).value == expected
    assert sheet_of(school.id).lines[HOUR].text == str(expected)


def test_a_value_that_was_taken_away_counts_no_more(frozen_now: time_machine.Traveller) -> None:
    """The default holds at once, before the row has gone from the catalog."""
    school = make.school()
    make.setting(school=school, key=HOUR, value="11", setting_type="int")
    _written(school.id, None, now())
    assert value(school.id, HOUR) == Value(8, Origin.PORTAL)


def test_a_district_sets_values_for_its_schools_alone() -> None:
    """Another district's school keeps the portal's default."""
    ours, theirs = make.school(), make.school()
    make.setting(school=ours, key="district_id", value="d-1")
    make.setting(school=theirs, key="district_id", value="d-2")
    DistrictSetting.objects.create(district_id="d-1", key=HOUR, value="10")
    forget_district("d-1")
    found = values([ours.id, theirs.id], HOUR)
    assert (found[ours.id], found[theirs.id]) == (Value(10, Origin.DISTRICT), Value(8, Origin.PORTAL))


def test_all_keys_of_many_schools_cost_one_query_of_the_catalog() -> None:
    """Rows are read together and remembered until a change."""
    ids = [make.school().id for _ in range(3)]
    with CaptureQueriesContext(connections["warehouse"]) as queries:
        for key in SETTINGS:
            values(ids, key)
    assert len(queries) == 1
    make.setting(school=make.school(id="school-forgotten"), key=HOUR, value="9", setting_type=Kind.INT.value)
    forget_school("school-forgotten")
    assert value("school-forgotten", HOUR).value == 9


def test_a_school_that_moved_is_of_its_new_district_alone(frozen_now: time_machine.Traveller) -> None:
    """An older row that still names the former district opens nothing to it."""
    school = make.school()
    make.setting(school=school, key="district_id", value="d-old", updated_at=now() - A_MINUTE)
    make.setting(school=school, key="district_id", value="d-new")
    with system_scope(reason="a test"):
        assert schools_of_districts(("d-old", "d-new")) == {"d-new": [school.id]}


WRITTEN = st.tuples(
    st.sampled_from(["d-1", " d-1 ", "d-1\n", "\td-1", "D-1", "d-2", "", " "]),
    st.sampled_from(["string", "int", ""]),
    st.integers(0, 3),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(WRITTEN, max_size=3))
def test_all_readers_agree_in_which_district_a_school_is(
    rows: list[tuple[str, str, int]], frozen_now: time_machine.Traveller
) -> None:
    """Whoever sees the school by its district, whose defaults hold, and what the pages say: the same for any rows."""
    school = make.school()
    for text, kind, minutes in rows:
        at = now() - minutes * A_MINUTE
        make.setting(school=school, key="district_id", value=text, setting_type=kind, updated_at=at)
    with system_scope(reason="a test"):
        DistrictSetting.objects.get_or_create(district_id="d-1", key=HOUR, defaults={"value": "10"})
    forget_district("d-1")
    said = districts_of([school.id])[school.id]
    with system_scope(reason="a test"):
        seen = schools_of_districts(("d-1",))
    assert (said == "d-1") == (school.id in seen.get("d-1", ()))
    assert (said == "d-1") == (value(school.id, HOUR).value == 10)
    assert sheet_of(school.id).district_id == said == district_now(school.id)


def test_a_district_with_blanks_around_it_is_shown_as_a_fault() -> None:
    """Nobody sees the school by it, and its settings say why."""
    school = make.school()
    make.setting(school=school, key="district_id", value=" d-1 ")
    line = sheet_of(school.id).lines["district_id"]
    assert (line.value.value, line.faults) == ("", (Fault.UNREADABLE,))


def _written(school_id: str, text: str | None, at: datetime, *, over_at: datetime | None = None) -> None:
    said = {"row_id": "r", "value": text, "written_at": at, "over_at": over_at}
    with system_scope(reason="a test"):
        WrittenSetting.objects.create(school_id=school_id, key=HOUR, **said)
