"""Taking the audit log away in a browser: the form, an auditor's pack while it is made and after, the list of files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.people import AUDITOR, MIDDLE_ADMIN, confirm_password
from tests.browser.windows import DESKTOP, PHONE, Windows

# Printing takes a second; on a busy machine much longer.
PRINTED_SOON = 120_000


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page, wide and narrow."""
    found = checks.faults(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    return found


def pack_made(page: Page) -> None:
    """Ask for a pack of everything by its form and wait for it."""
    page.goto("/reports/")
    page.get_by_role("listitem").filter(has_text="Auditor pack").get_by_role("link", name="Make it").click()
    page.get_by_label("From").fill("2020-01-01")
    page.get_by_role("button", name="Make the pack").click()
    expect(page.get_by_role("status").filter(has_text="Ready")).to_be_visible(timeout=PRINTED_SOON)


def test_an_auditor_takes_a_pack_along(windows: Windows, tmp_path: Path) -> None:
    """From the list of reports to the file on the disk; every page on the way is sound."""
    page = windows.open(DESKTOP, signed_in=AUDITOR)
    confirm_password(page)
    page.goto("/reports/new/auditor-pack/")
    found = faults(page)
    page.get_by_label("Search").fill("evnt:x")
    page.get_by_role("button", name="Make the pack").click()
    expect(page.get_by_role("link", name="Did you mean event:?")).to_be_visible()
    found += faults(page)
    pack_made(page)
    expect(page.get_by_role("img", name="The first page of the report")).to_be_visible()
    found += faults(page) + checks.faults_of_skip_link(page)
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download ZIP").click()
    begun.value.save_as(tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        rows = json.loads(archive.read("manifest.json"))["rows"]
        assert rows == len(archive.read("audit-log.jsonl").splitlines()) > 0
    page.goto("/reports/")
    expect(page.get_by_role("link", name="Auditor pack", exact=True).first).to_be_visible()
    found += faults(page)
    assert found == []


def test_the_page_of_exports_with_files_on_it(windows: Windows) -> None:
    """The form beside the person's own files, on a desk and on a phone, and with a form that was sent empty."""
    page = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    confirm_password(page)
    pack_made(page)
    page.goto("/audit/take-away/?q=event:consent.*+period:90d")
    expect(page.get_by_role("table", name="Your exports that were made in the background")).to_be_visible()
    found = faults(page)
    page.set_viewport_size(PHONE["viewport"])
    found += checks.faults(page)
    assert found == []
