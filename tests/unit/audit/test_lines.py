"""Rows of the log in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import dateformat
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.lines import line, told
from audit.rules.messy import at_school
from audit.rules.names import Names
from classwaves_admin.warehouse.models import AuditLog

NAMES = Names(
    staff={"t1": "Ms Rivera"},
    students={"s1": "Maya", "s2": "Noor"},
    schools={"h": "Harbour School"},
    zones={"h": ZoneInfo("America/Denver")},
)


def row(**given: Any) -> AuditLog:
    """Return an unsaved row by Ms Rivera at Harbour School."""
    values = {
        "actor_id": "t1",
        "actor_type": "teacher",
        "event_type": "student.viewed",
        "event_category": "data",
        "event_timestamp": datetime(2025, 3, 4, 3, 30, tzinfo=UTC),
        "resource_type": "student",
        "resource_id": "s1",
        "school_id": "h",
        "description": "Student record viewed",
    }
    return AuditLog(**(values | given))


def test_names_and_words_stand_for_ids_and_codes() -> None:
    """A registered event reads as a sentence with names, at the school's time, without saying itself twice."""
    shown = line(row(affected_student_ids='["s2"]'), NAMES)
    assert (shown.event_label, shown.description, shown.actor, shown.school) == (
        "Student record viewed",
        "",
        "Ms Rivera",
        "Harbour School",
    )
    assert shown.students == ("Noor", "Maya")
    assert (shown.at.day, shown.at.time, shown.at.zone) == ("Mar 3, 2025", "8:30:00 PM", "MST")


def test_more_students_are_counted() -> None:
    """A line names a few students and counts the rest."""
    shown = line(row(affected_student_ids='["s2", "a", "b", "c"]'), NAMES)
    assert (shown.students, shown.more_students) == (("Noor", "a", "b"), 2)


@pytest.mark.parametrize(
    ("actor_id", "actor_type", "name"),
    [
        ("guardian-9", "parent", "A guardian"),
        ("system:outbox", "system", "ClassWaves (outbox)"),
        ("s1", "student", "Maya"),
        ("somebody", "root", ""),
    ],
)
def test_who_did_it(actor_id: str, actor_type: str, name: str) -> None:
    """Guardians stay unnamed, jobs are named for what they do, and an unknown id stays an id."""
    shown = line(row(actor_id=actor_id, actor_type=actor_type), NAMES)
    assert (shown.actor, shown.actor_named) == (name or actor_id, bool(name))


def test_words_of_other_services_stay() -> None:
    """Unknown events, categories and actors are shown as they were written, long text cut in the list."""
    shown = line(row(event_type="<b>Upload</b>", event_category="cloud", description="x" * 10_000), NAMES)
    assert (shown.event_label, shown.category_label) == ("<b>Upload</b>", "cloud")
    assert len(shown.description) == 240


@given(moment=st.datetimes(timezones=st.just(UTC)), zone=st.sampled_from(["UTC", "America/Denver", "Asia/Kathmandu"]))
def test_times_are_told_as_django_tells_them(moment: datetime, zone: str) -> None:
    """At any moment, noon, midnight and the edges of the calendar included."""
    local = at_school(moment, ZoneInfo(zone))
    shown = told(moment, ZoneInfo(zone))
    assert (shown.day, shown.time) == (dateformat.format(local, "M j, Y"), dateformat.format(local, "g:i:s A"))
