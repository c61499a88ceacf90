"""How many rows of a search there are over time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools
from tests.integration.audit.test_list import noted

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
URL = "/audit/over-time/"


def bars(browser: Client, q: str = "") -> dict[str, int]:
    """Return the bars that are not empty, by name."""
    page = browser.get(f"{URL}?{urlencode({'q': q})}")
    assert page.status_code == 200
    return {bar.name: bar.rows for bar in page.context["bars"] if bar.rows}


def test_rows_are_counted_by_the_days_of_the_school(office: Client, schools: Schools) -> None:
    """Each row is in one bar, each bar leads to the list of its own rows, the search is kept, looking is logged."""
    make.setting(school=schools.harbour, key="timezone", value="America/Denver")
    for text in ("2025-03-04T06:59", "2025-03-04T07:00", "2025-03-05T06:59", "2025-03-09T12:00"):
        make.audit_row(school=schools.harbour, event_timestamp=datetime.fromisoformat(text).replace(tzinfo=UTC))
    make.audit_row(school=schools.hill, event_timestamp=datetime(2025, 3, 4, 12, tzinfo=UTC))
    make.audit_row(school=schools.harbour, event_type="x", event_timestamp=datetime(2025, 3, 4, 12, tzinfo=UTC))
    q = "event:student.* after:2025-03-01 before:2025-03-31"
    assert bars(office, q) == {"Mar 3, 2025": 1, "Mar 4, 2025": 2, "Mar 9, 2025": 1}
    assert json.loads(str(noted()["data_accessed"]))["rows"] == 4
    for bar in office.get(f"{URL}?{urlencode({'q': q})}").context["bars"]:
        assert len(office.get(bar.url).context["lines"]) == bar.rows


def test_clocks_that_are_far_off_are_one_bar_at_each_side(office: Client, schools: Schools) -> None:
    """Rows of 1970 and 2100 are counted and do not stretch the picture."""
    for year in (1970, 2100):
        make.audit_row(school=schools.harbour, event_timestamp=datetime(year, 6, 1, tzinfo=UTC))
    make.audit_row(school=schools.harbour)
    found = bars(office)
    assert sorted(found.values()) == [1, 1, 1]
    assert [name.split()[0] for name in found] == ["Before", "Week", "After"]


def test_the_picture_costs_one_question(office: Client, schools: Schools) -> None:
    """All bars come from one statement."""
    make.audit_row(school=schools.harbour)
    bars(office)
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        bars(office, "event:student.*")
    assert len([query for query in asked if query["sql"].lstrip("( ").startswith("SELECT")]) == 1


def test_a_search_that_is_no_address_goes_to_the_list(office: Client) -> None:
    """Words that stand open are sealed by the list first, and problems are told there."""
    for query in ({"q": "maya"}, {"q": "after:never"}, {"period": "x"}):
        assert office.get(f"{URL}?{urlencode(query)}")["Location"].startswith("/audit/?")
