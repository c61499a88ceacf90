"""Every role against every row, by every way to a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from classwaves_admin.accounts.models import User
from tests.factories import catalog as make
from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
LATER, BEFORE = date(2100, 1, 1), date(2000, 1, 1)


def _auditor(until: date) -> Callable[[Schools], User]:
    return lambda schools: people.member("auditor", email="a@audit.example", schools=(schools.harbour.id,), until=until)


WHO: dict[str, tuple[Callable[[Schools], User], set[str]]] = {
    "office": (lambda schools: people.staff(school=schools.harbour)[0], {"here"}),
    "district": (lambda _: people.member("district_admin", email="d@d.example", district="d1"), {"here", "sister"}),
    "auditor": (_auditor(LATER), {"here"}),
    "auditor whose time is over": (_auditor(BEFORE), set()),
    "teacher": (lambda schools: people.staff("teacher", school=schools.harbour)[0], set()),
    "super admin": (
        lambda _: people.member("super_admin", email="root@c.example"),
        set(),
    ),
}


def listed(browser: Client, q: str) -> set[str]:
    """Return the ids that the list shows; nothing for who may not open it."""
    page = browser.post("/audit/", {"q": q}, follow=True)
    return {line.id for line in page.context["lines"]} if page.status_code == 200 and "lines" in page.context else set()


def counted(browser: Client, q: str) -> int:
    """Return how many rows the bars count."""
    page = browser.get(f"/audit/over-time/?{urlencode({'q': q})}")
    return int(page.context["rows"]) if page.status_code == 200 else 0


def exported(browser: Client) -> str:
    """Return the text of the file, which is handed over after the second factor; nothing for who may have none."""
    people.confirmed(browser)
    answer = browser.post("/audit/take-away/", {"form": "csv"})
    return answer.getvalue().decode() if answer.status_code == 200 else ""


@pytest.mark.parametrize("who", WHO)
def test_each_role_meets_its_own_rows_and_no_other(schools: Schools, who: str) -> None:
    """List, search by every qualifier, bars, row, JSON, what is around, file: all give the granted rows alone."""
    sister = make.school(name="Sister School")
    for school in (schools.harbour, sister):
        make.setting(school=school, key="district_id", value="d1")
    child = make.student(school=schools.hill, display_name="Maya Elsewhere")
    same: dict[str, Any] = {"actor_id": "one", "session_id": "s1", "ip_address": "10.0.0.1", "resource_id": child.id}
    for row_id, school in (("here", schools.harbour), ("sister", sister), ("there", schools.hill)):
        make.audit_row(school=school, id=row_id, description=f"rain {row_id}-row", **same)
    make.audit_row(school_id="portal", id="nowhere", description="rain nowhere-row", **same)
    make_user, granted = WHO[who]
    browser = signed_in(make_user(schools))
    for q in ("", "rain", "actor:one", "session:s1", "ip:10.*", f"student:{child.id}", "event:*", "-event:x"):
        assert listed(browser, q) & {"here", "sister", "there", "nowhere"} == granted, q
    assert counted(browser, "event:student.viewed") == len(granted)
    for row_id in ("here", "sister", "there", "nowhere"):
        for page_of_row in ("audit-row", "audit-row-json"):
            answer = people.confirmed(browser).get(reverse(page_of_row, args=[row_id]))
            assert (answer.status_code == 200) == (row_id in granted), row_id
            page = answer.content.decode()
            assert all(f"{other}-row" not in page for other in {"here", "sister", "there", "nowhere"} - granted)
        assert (f"{row_id}-row" in exported(browser)) == (row_id in granted)
    assert "Elsewhere" not in browser.get("/audit/").content.decode()
    assert listed(browser, f"school:{schools.hill.id}") == set()
    assert browser.get(reverse("student-accesses", args=[child.id])).status_code in {403, 404}
    offered = browser.post("/audit/suggestions/", {"q": "student:maya"})
    assert "Elsewhere" not in offered.content.decode()
