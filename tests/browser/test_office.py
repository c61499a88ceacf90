"""Pages of the office that stand only while something waits: a school's move, and mails that failed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser import checks, consent
from tests.browser.people import HIGH_ADMIN, SUPER_ADMIN, confirm_password
from tests.browser.portal import Portal
from tests.browser.windows import DESKTOP, Windows

# Counting what a move deletes is a job of the worker.
COUNTED_MILLISECONDS = 60_000
REFUSED = "554 5.7.1 Not for this server"


def sound(page: Page) -> None:
    """Fail where the page breaks WCAG, scrolls sideways or hides its skip link, on narrow screens too."""
    faults = checks.faults(page) + checks.faults_of_skip_link(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    assert faults == []


def test_a_move_is_asked_for_seen_with_its_numbers_and_dropped(windows: Windows) -> None:
    """The page is sound where the school's word is missing, and after the end."""
    page = windows.open(DESKTOP, signed_in=SUPER_ADMIN)
    confirm_password(page)
    page.goto("/schools/")
    page.get_by_role("link", name="High Plains High School").first.click()
    page.get_by_role("link", name="Move or take out…").click()
    page.get_by_label("It moves to").select_option(label="No district: it stands alone")
    page.get_by_label("Why").fill("Decision of the board")
    page.get_by_role("button", name="Count what it means").click()
    expect(page.get_by_role("heading", level=2, name="What it means")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=COUNTED_MILLISECONDS)
    move = page.url
    sound(page)
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("High Plains High School")
    page.goto(move)
    expect(page.get_by_text("This move was dropped")).to_be_visible()
    sound(page)


def test_failed_mails_of_a_kind_are_sent_again_after_a_page_that_says_how_many(
    portal: Portal, windows: Windows
) -> None:
    """The server refuses a request to a guardian; its reason stands in the list, and all of the kind go again."""
    family = consent.new_family(portal, HIGH_ADMIN)
    page = windows.open(DESKTOP, signed_in=HIGH_ADMIN)
    consent.open_student(page, family)
    portal.mails.handler.rcpt[:] = [REFUSED]
    page.get_by_role("button", name="Ask for consent").click()
    page.get_by_role("button", name="Send").click()
    consent.see_that_all_are_asked(page)
    page.goto("/mails/")
    again = page.get_by_role("link", name=re.compile("^Send all again"))
    expect(again).to_be_visible()
    again.click()
    sound(page)
    page.get_by_role("button", name="Send 1 again").click()
    assert portal.mail_to(family.address, containing="/c/")
