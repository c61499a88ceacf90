"""Pages that only a form leads to: a new key, shown once, and a school's authorization, signed and taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import checks, people
from tests.browser.windows import DESKTOP, NARROW, Windows

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["1280", "390"])
def test_a_key_is_made_shown_once_and_revoked(windows: Windows, size: dict[str, object]) -> None:
    """Each step is sound for everybody; a form with a fault says so and keeps what was typed."""
    page = windows.open(size, signed_in=people.ELEMENTARY_ADMIN)
    people.confirm_password(page)
    page.goto("/keys/new/")
    page.get_by_label("Name").fill("Classroom application")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("heading", name="Please check your answers")).to_be_visible()
    faults = checks.faults(page)
    page.get_by_text("Ask which groups of a session may be recorded").click()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator(".cw-secret")).to_have_text(re.compile(r"cw_[a-z0-9]{8}_[\w-]{43}"))
    faults += checks.faults(page)
    page.get_by_role("link", name="I have copied it").click()
    faults += checks.faults(page)
    page.get_by_role("link", name="Revoke Classroom application").first.click()
    faults += checks.faults(page)
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("is revoked").first).to_be_visible()
    assert faults == []


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["1280", "390"])
def test_an_authorization_is_signed_and_taken_back(windows: Windows, size: dict[str, object]) -> None:
    """The numbers and the statement come before the signature; each step is sound for everybody."""
    page = windows.open(size, signed_in=people.ELEMENTARY_ADMIN)
    page.goto("/authorizations/new/")
    page.get_by_text("All students under 13").click()
    page.get_by_role("button", name="Show the numbers").click()
    expect(page.get_by_text("never shown as a parent’s consent")).to_be_visible()
    faults = checks.faults(page)
    sign = page.get_by_role("button", name=re.compile("Authorize for"))
    sign.click()
    faults += checks.faults(page)
    page.get_by_label("Your full name").fill("Rosalind Achterberg")
    page.locator("label", has_text="I have read the statement above").click()
    sign.click()
    expect(page.get_by_text("The decision is recorded")).to_be_visible()
    faults += checks.faults(page)
    page.get_by_role("link", name="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("counts no more from this moment").first).to_be_visible()
    faults += checks.faults(page)
    assert faults == []
