"""Destroying in a browser: a run of a policy, and one child's data, each from its page to its certificate."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.people import MIDDLE_ADMIN, confirm_password
from tests.browser.windows import DESKTOP, PHONE, Windows

# Two jobs of a worker that has other work beside it.
DONE_SOON = 60_000


@pytest.fixture
def page(windows: Windows) -> Page:
    """Return the window of a school's administrator."""
    found = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    confirm_password(found)
    return found


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page, wide and narrow."""
    found = checks.faults(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    return found


def test_a_run_of_a_policy(page: Page) -> None:
    """Counted, seen, started and certified; the number that was approved is the number that went."""
    page.goto("/retention/runs/new/")
    page.get_by_label("Kind of data").select_option("notifications")
    page.get_by_role("button", name="Count the rows").click()
    expect(page.get_by_role("heading", name="Let these rows go?")).to_be_visible(timeout=DONE_SOON)
    said = re.search(r"([\d,]+) rows? leaves? the catalog", page.inner_text("#run"))
    assert said
    found = faults(page)
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text(f"{said[1]} of {said[1]} row")).to_be_visible(timeout=DONE_SOON)
    found += faults(page)
    page.get_by_role("link", name="Certificate of disposition").click()
    row = page.get_by_role("row").filter(has_text="Notices and mails")
    expect(row.get_by_role("cell").first).to_have_text(said[1])
    assert found + faults(page) == []


def test_one_childs_data(page: Page) -> None:
    """From the student's page by a request to the proof, all on one page that renews itself, on a phone as well."""
    page.goto("/students/")
    name = page.locator("main table a").first.inner_text()
    page.locator("main table a").first.click()
    page.get_by_role("link", name="Note a request about the data").click()
    page.get_by_text("Have the data deleted").click()
    page.get_by_label("Who asks").select_option("school")
    page.get_by_role("button", name="Note the request").click()
    page.get_by_role("link", name="See the deletion").click()
    page.get_by_role("button", name="Count what would be deleted").click()
    expect(page.get_by_role("heading", name="Delete them?")).to_be_visible(timeout=DONE_SOON)
    said = re.search(r"([\d,]+) rows? (?:is|are) deleted or emptied", page.inner_text("#deletion"))
    assert said
    found = faults(page)
    page.set_viewport_size(PHONE["viewport"])
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Deleted, and checked")).to_be_visible(timeout=DONE_SOON)
    expect(page.get_by_role("definition").last).to_have_text(f"{said[1]} rows")
    expect(page.get_by_role("main")).not_to_contain_text(name)
    found += faults(page)
    page.get_by_role("link", name="Certificate of disposition").click()
    expect(page.get_by_role("main")).not_to_contain_text(name)
    assert found + faults(page) == []
