"""The box and its fields, which are kept as they were drawn."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import people
from tests.integration.audit.conftest import Schools, signed_in
from tests.unit.portal.test_forms import Elements

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


def offered(browser: Client, query: str = "") -> dict[str, dict[str, bool]]:
    """Return what each select of the page offers by its id: values, and whether they are chosen."""
    found: dict[str, dict[str, bool]] = {}
    for tag, have in Elements(browser.get(f"/audit/{query}").content.decode()).found:
        if tag == "select":
            found[str(have["id"])] = {}
        elif tag == "option":
            found[list(found)[-1]][str(have["value"])] = "selected" in have
    return found


def test_everybody_chooses_among_the_own_schools(office: Client, schools: Schools) -> None:
    """Fields that were drawn for one person are not shown to another."""
    other = signed_in(people.over(schools.harbour, schools.hill))
    both = offered(other)
    assert {schools.harbour.id, schools.hill.id} <= both["filter_school"].keys()
    assert "filter_school" not in offered(office)
    assert offered(other) == both


def test_the_fields_show_what_the_address_says(office: Client) -> None:
    """Each search has its own fields, however often and in whatever order they are drawn."""
    for _ in range(2):
        for event in ("auth.login", "auth.logout", "another.service"):
            shown = offered(office, f"?q=event:{event}+period:7d")
            assert [value for value, chosen in shown["filter_event"].items() if chosen] == [event]
            assert [value for value, chosen in shown["filter_period"].items() if chosen] == ["7d"]
        assert [value for value, chosen in offered(office)["filter_event"].items() if chosen] == [""]
