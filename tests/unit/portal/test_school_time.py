"""Times as pages show them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from classwaves_admin.portal.templatetags.school_time import school_day, school_time
from tests.factories import catalog as make

WINTER = datetime(2025, 3, 4, 3, 30, tzinfo=UTC)


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_times_stand_in_the_schools_zone_with_its_name() -> None:
    """An instant is shown as the school's clock has it, and says which clock."""
    school = make.school()
    make.setting(school=school, key="timezone", value="America/Denver")
    assert school_time(WINTER, school.id) == (
        '<time datetime="2025-03-04T03:30:00+00:00">Mar 3, 2025, 8:30 PM MST</time>'
    )
    assert "Mar 3, 2025<" in school_day(WINTER, school.id)


def test_without_a_school_times_are_utc() -> None:
    """Pages of no single school say UTC."""
    assert "3:30 AM UTC" in school_time(WINTER)


def test_a_missing_time_is_a_dash() -> None:
    """What never happened is a dash, or the words given."""
    assert school_time(None) == "–"
    assert school_day(None, missing="Never") == "Never"
