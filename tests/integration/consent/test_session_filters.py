"""The list of sessions, narrowed by day, teacher, state, and by what was recorded without consent noted."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from classwaves_admin.warehouse.models import ClassroomSession, School
from tests.factories import catalog as make
from tests.factories import people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]


@pytest.fixture
def school() -> School:
    """Return a school in New York with an office."""
    return make.school(domain="harbour.example")


@pytest.fixture
def office(school: School) -> Client:
    """Return the browser of the school's office."""
    client = Client()
    client.force_login(people.staff(school=school)[0])
    return client


def meeting(school: School, title: str, **given: Any) -> ClassroomSession:
    """Save a session; its day is 4 March unless another is given."""
    given = {"actual_start": datetime(2025, 3, 4, 15, tzinfo=UTC)} | given
    return make.session(school=school, title=title, **given)


def titles(office: Client, query: str) -> set[str]:
    """Return the sessions that the list shows."""
    answer = office.get(f"/sessions/?{query}")
    assert answer.status_code == 200
    return set(re.findall(r"recording-gate/\"><bdi>([^<]+)<", unescape(answer.content.decode())))


def test_the_list_is_narrowed(office: Client, school: School) -> None:
    """Each filter by itself; days are the school's, and what is no filter narrows nothing."""
    lin = make.teacher(school=school, name="Lin")
    meeting(school, "Late", actual_start=datetime(2025, 3, 5, 4, 30, tzinfo=UTC))
    meeting(
        school, "Planned", actual_start=None, scheduled_start=datetime(2025, 3, 9, 15, tzinfo=UTC), status="created"
    )
    kept, lacking = meeting(school, "Kept", recording_consent_obtained=True), meeting(school, "Lacking", teacher=lin)
    for one in (kept, lacking):
        make.recording(session=one)
    everything = {"Late", "Planned", "Kept", "Lacking"}
    assert titles(office, "") == titles(office, "since=nonsense&status=none") == everything
    assert titles(office, "since=2025-03-05") == {"Planned"}  # in New York, the late one was still on the 4th
    assert titles(office, "until=2025-03-08") == everything - {"Planned"}
    assert titles(office, "status=created") == {"Planned"}
    assert titles(office, f"teacher={lin.pk}") == {"Lacking"}
    assert titles(office, "recorded=unconsented") == {"Lacking"}
    page = office.get("/sessions/").content.decode()
    assert (page.count("No consent noted"), page.count("With consent"), page.count("No recording")) == (1, 1, 2)
    assert "No session fits" in office.get("/sessions/?teacher=nobody").content.decode()
