"""What needs a person, matter by matter, and the page behind the code of a paper form: no crawl comes there."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from classwaves_admin.lib.tokens import PAPER_ALPHABET
from tests.browser import checks, consent
from tests.browser.crawl import route_of
from tests.browser.people import DISTRICT_ADMIN, MIDDLE_ADMIN, confirm_password
from tests.browser.portal import Portal
from tests.browser.windows import DESKTOP, Windows

CODE = re.compile(rf"\b([{PAPER_ALPHABET}]{{5}}-[{PAPER_ALPHABET}]{{5}})\b")
SETTLING = {"disagreement", "recorded-without-consent"}


def sound(page: Page) -> None:
    """Fail where the page breaks WCAG or scrolls sideways, on a narrow screen too."""
    faults = checks.faults(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    assert faults == []


def test_every_matter_and_the_pages_that_settle_them(portal: Portal, windows: Windows) -> None:
    """Each matter with lines is shown by its number, and its first line leads to where it is settled."""
    consent.new_family(portal, MIDDLE_ADMIN, recorded=True)
    page = windows.open(DESKTOP, signed_in=DISTRICT_ADMIN)
    page.goto("/worklist/?anew")
    others = [link.get_attribute("href") for link in page.locator("main .cw-stats a").all()]
    settled = set()
    for address in [page.url, *others]:
        assert address
        page.goto(address)
        sound(page)
        way = page.locator("#lines .cw-column-actions a")
        if way.count() and (route := route_of(way.first.get_attribute("href") or "")) in SETTLING:
            way.first.click()
            sound(page)
            settled.add(route)
    assert settled == SETTLING


def test_the_page_behind_the_code_of_a_paper_form(windows: Windows) -> None:
    """The office prints a form, types its code, and finds the questions that stand on it."""
    page = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    confirm_password(page)
    page.goto("/students/?standing=not_asked")
    asked = page.locator("#students tbody tr").filter(has_text=re.compile(r"\d of \d"))
    asked.first.get_by_role("link").click()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Print paper forms").click()
    text = " ".join(part.extract_text() for part in PdfReader(begun.value.path()).pages)
    page.get_by_role("link", name="Enter a paper answer").click()
    page.get_by_label("Code of the form").fill(CODE.findall(text)[0])
    page.get_by_role("button", name="Open the form").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Answers on paper")
    sound(page)
