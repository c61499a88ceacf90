"""Addresses and forms that nobody types: a NUL, which PostgreSQL takes in no text."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from tests.architecture.routes import Route, all_routes
from tests.factories import people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]

NUL = "x\0y"
TEXT_PARTS = {"student_id", "event_id", "school_id", "token", "file"}
WITH_TEXT = [route for route in all_routes() if route.declaration and TEXT_PARTS & set(route.parts)]


@pytest.fixture
def browser() -> Client:
    """Return the browser of a district's administrator."""
    cache.clear()
    client = Client()
    client.force_login(people.over())
    return client


@pytest.mark.parametrize("route", WITH_TEXT, ids=lambda route: route.name)
def test_an_address_with_a_nul_leads_nowhere(route: Route, browser: Client) -> None:
    """It is "not found" on every database."""
    others = {"language": "en", "leftovers": ").", "result_table": "ai_insights.educational_insights"}
    parts = {part: "NUL" if part in TEXT_PARTS else others.get(part, "1") for part in route.parts}
    address = route.address(parts)
    assert browser.get(address.replace("NUL", quote(NUL))).status_code == 404


def test_a_student_with_a_nul_is_not_asked_about(browser: Client) -> None:
    """Such an id counts as none."""
    assert browser.post("/students/ask/", {"student": NUL}).status_code == 302
