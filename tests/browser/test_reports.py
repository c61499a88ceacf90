"""Reports and disclosures as the office makes them: by keyboard, on wide and narrow screens, with faults on the way."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser import checks
from tests.browser.people import HIGH_ADMIN, MIDDLE_ADMIN, confirm_password
from tests.browser.windows import DESKTOP, Windows

HEADER = "student,date,what,party,interest,records,ground,sealed\n"
# Printing starts processes, which takes a while beside other tests.
MADE_MILLISECONDS = 90_000
MOST_STOPS = 120


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus, as who has no mouse does."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("The keyboard does not reach it.")


def sound(page: Page) -> list[str]:
    """Return what is wrong with the page, wide and narrow."""
    found = checks.faults(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    return found


def test_a_report_is_made_with_the_keyboard_alone(windows: Windows) -> None:
    """From the list over the form to the files: each page is sound, and the PDF is handed over."""
    page = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    confirm_password(page)
    page.goto("/reports/")
    reach(page, page.get_by_role("link", name="Make it (Consent register)"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/reports/new/consent-register/$"))
    reach(page, page.get_by_label("Status"))
    page.keyboard.type("Given")
    expect(page.get_by_label("Status")).to_have_value("active")
    reach(page, page.get_by_role("button", name="Make the report"))
    assert sound(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Consent register")
    assert checks.faults(page) == []
    pdf = page.get_by_role("link", name="Download PDF")
    expect(pdf).to_be_visible(timeout=MADE_MILLISECONDS)
    expect(page.get_by_role("img", name="The first page of the report")).to_be_visible()
    assert sound(page) == []
    reach(page, pdf)
    with page.expect_download() as handed:
        page.keyboard.press("Enter")
    assert handed.value.suggested_filename.endswith(".pdf")
    assert Path(handed.value.path()).read_bytes().startswith(b"%PDF-1.7")
    page.goto("/reports/")
    line = page.locator("#made tbody tr").first
    expect(line).to_contain_text("Given")
    expect(line).to_contain_text("Ready")
    assert sound(page) == []


def test_a_table_of_disclosures_is_mended_looked_at_and_recorded(windows: Windows) -> None:
    """Faults by line, then the rows as they would be recorded, then the list with a sealed entry."""
    page = windows.open(DESKTOP, signed_in=HIGH_ADMIN)
    page.goto("/students/")
    page.locator("#students tbody th a").first.click()
    student = page.url.rstrip("/").rpartition("/")[2]
    right = f"{student},2026-03-02,disclosed,County court,Case 26-114,Attendance,FERPA_A9_COURT_ORDER,yes\n"
    send(page, f"{HEADER}{student},March,given,,Case,Attendance,because,\n{right}")
    expect(page.locator("#faults")).to_contain_text("date: Write the day as 2026-09-01.")
    expect(page.locator("#faults")).to_contain_text("ground: Write one of the grounds of the form")
    assert sound(page) == []
    send(page, HEADER + right)
    expect(page.locator("#entries")).to_contain_text("Disclosed, sealed")
    assert sound(page) == []
    page.get_by_role("button", name="Record 1 disclosure of").click()
    row = page.locator("#disclosures tbody tr").filter(has_text="County court").first
    expect(row).to_contain_text("Sealed")
    assert sound(page) == []
    row.get_by_role("link", name="Correct").click()
    page.get_by_label("Which records?").fill("")
    page.get_by_role("button", name="Record the correction").click()
    expect(page.get_by_label("Which legitimate interest in them?")).to_have_value("Case 26-114")
    assert sound(page) == []


def test_a_form_of_a_disclosure_keeps_what_was_typed(windows: Windows) -> None:
    """The empty form leads to each field that is missing."""
    page = windows.open(DESKTOP, signed_in=HIGH_ADMIN)
    page.goto("/disclosures/new/")
    page.get_by_label("Which records?").fill("Attendance")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_label("Which records?")).to_have_value("Attendance")
    page.get_by_role("link", name="On which ground? Choose the ground.").click()
    expect(page.get_by_label("On which ground?")).to_be_focused()
    assert sound(page) == []


def send(page: Page, table: str) -> None:
    """Send a table of disclosures from its page."""
    page.goto("/disclosures/import/")
    file: FilePayload = {"name": "disclosures.csv", "mimeType": "text/csv", "buffer": table.encode()}
    page.get_by_label("File (CSV UTF-8)").set_input_files(file)
    page.get_by_role("button", name="Send and look at it").click()
