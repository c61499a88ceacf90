"""Searching the audit log with the keyboard, a mouse and a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.people import HIGH_ADMIN, MIDDLE_ADMIN
from tests.browser.windows import DESKTOP, PHONE, Windows


def type_into_box(page: Page, text: str) -> None:
    """Type at the end of the search box as a person does."""
    box = page.get_by_role("combobox", name="Search")
    box.click()
    box.press("End")
    box.press_sequentially(text, delay=10)


def test_a_search_is_typed_with_the_keyboard_alone(windows: Windows) -> None:
    """Words are offered, arrows choose, Enter takes and then searches; the address is the search, the page is sound."""
    page = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    page.goto("/audit/")
    type_into_box(page, "eve")
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert checks.faults(page) == []
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("event:")
    type_into_box(page, "consent.g")
    expect(page.get_by_role("option", name="event:consent.granted")).to_be_visible()
    box.press("ArrowDown")
    expect(page.get_by_role("option", name="event:consent.granted")).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    box.press("Enter")
    expect(page).to_have_url(re.compile(r"/audit/\?q=event%3Aconsent\.granted$"))
    expect(page.locator("#audit-events tbody th a").first).to_have_text("Consent given")
    box.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")


def test_names_stay_out_of_the_address_and_problems_are_marked(windows: Windows) -> None:
    """A name becomes an id, a word is sealed, and a filter that does not exist is marked with what to write."""
    page = windows.open(PHONE, signed_in=HIGH_ADMIN)
    page.goto("/students/")
    name = page.locator("#students tbody th a").first.inner_text()
    page.goto("/audit/")
    type_into_box(page, f'student:"{name}" -zebra')
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"/audit/\?q=student%3A[0-9a-f-]{36}.*&sealed=[\w-]+$"))
    assert "zebra" not in page.url
    expect(page.get_by_label("The parts of this search")).to_contain_text(name)
    type_into_box(page, " evnt:login")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".cw-audit-advice mark")).to_have_text("evnt:login")
    expect(page.get_by_role("combobox", name="Search")).to_have_attribute("aria-invalid", "true")
    assert checks.faults(page) == []


def test_fields_and_bars_write_into_the_box(windows: Windows) -> None:
    """A field that changes searches at once and writes the box; a bar narrows the period; pieces can be taken out."""
    page = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    page.goto("/audit/?q=period:90d")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Event", exact=True).select_option("consent.*")
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_have_value("period:90d event:consent.*")
    expect(page.get_by_label("Event", exact=True)).to_be_visible()
    page.get_by_text("Show the numbers as a table").click()
    page.locator("#over-time-numbers tbody a").last.click()
    expect(page.get_by_role("combobox", name="Search")).to_have_value(re.compile(r"^event:consent\.\* (on|after):"))
    page.get_by_role("link", name="Take event:consent.* out of the search").click()
    expect(page.get_by_role("combobox", name="Search")).to_have_value(re.compile(r"^(on|after):"))


def test_a_search_is_saved_and_shared(windows: Windows) -> None:
    """It stands under its name on the page of saved searches, which is sound with its forms open."""
    page = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    page.goto("/audit/?q=event:auth.*")
    page.get_by_text("Saved searches", exact=True).click()
    page.get_by_label("Save this search as").fill("Sign-ins")
    page.get_by_text("Share it with everybody").click()
    page.get_by_role("button", name="Save search").click()
    expect(page.get_by_role("status").filter(has_text="is saved and shared")).to_be_visible()
    page.goto("/audit/searches/")
    page.get_by_text("Rename, share or delete").first.click()
    assert checks.faults(page) + checks.faults_when_narrow(page) == []
    page.get_by_role("link", name="Sign-ins").click()
    expect(page).to_have_url(re.compile("auth"))
