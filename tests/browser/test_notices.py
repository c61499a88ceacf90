"""The office writes a notice: live beside the form, and with HTML alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.people import ELEMENTARY_ADMIN, HIGH_ADMIN
from tests.browser.windows import DESKTOP, Windows

PARTNERS = "With whom results are shared"
NAMED = "Gradebook Inc.: shows results to teachers"


def open_sharing(page: Page) -> None:
    """Open the English notice about sharing from the list."""
    page.goto("/notices/")
    page.locator("#notices").get_by_role("link", name="Sharing in English", exact=True).click()


def bring_into_force(page: Page, change: str) -> None:
    """Answer the question of what changes."""
    page.get_by_role("link", name="Bring into force").click()
    page.get_by_text(change).click()
    page.get_by_role("button", name="Bring into force").click()


def test_the_preview_follows_the_typing(windows: Windows) -> None:
    """What is missing, how a parent sees it and what changes are renewed; every page on the way is sound."""
    page = windows.open(DESKTOP, signed_in=HIGH_ADMIN)
    open_sharing(page)
    live = page.locator("#live")
    page.get_by_label(PARTNERS).fill("Library Co.")
    expect(live.get_by_text("line 1: say who, a colon, and for what")).to_be_visible()
    page.get_by_label(PARTNERS).fill(NAMED)
    expect(live.locator(".cw-paper").get_by_text(NAMED)).to_be_visible()
    expect(live.locator("ins").first).to_contain_text("Gradebook Inc.: shows results")
    faults = checks.faults(page)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    faults += checks.faults(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    page.get_by_role("link", name="Bring into force").click()
    faults += checks.faults(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    page.get_by_text("What is collected, used").click()
    page.get_by_role("button", name="Bring into force").click()
    expect(page.get_by_text("Version 2 is in force from now on.")).to_be_visible()
    expect(page.get_by_label("Notice", exact=True)).to_have_value("older")  # whom to ask again
    page.goto("/notices/")
    page.get_by_role("link", name="History of Sharing in English").click()
    page.get_by_label("From").select_option("shipped")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".cw-diff ins").first).to_contain_text("Gradebook Inc.")
    faults += checks.faults(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(DESKTOP["viewport"])
    page.locator("#versions").get_by_role("link", name="Version 2").click()
    assert faults + checks.faults(page) + checks.faults_when_narrow(page) == []


def test_a_notice_is_written_without_scripts(windows: Windows) -> None:
    """The preview is a page of its own; two editors see both texts; activation needs no script either."""
    first, second = (windows.open(DESKTOP, signed_in=ELEMENTARY_ADMIN, java_script_enabled=False) for _ in range(2))
    for page in (first, second):
        open_sharing(page)
    first.get_by_label(PARTNERS).fill(NAMED)
    with first.context.expect_page() as opened:
        first.get_by_role("button", name="Preview").click()
    expect(opened.value.get_by_text(NAMED)).to_be_visible()
    expect(opened.value.get_by_text("nothing is saved")).to_be_visible()
    opened.value.close()
    first.get_by_role("button", name="Save the draft").click()
    expect(first.get_by_text("The draft is saved.")).to_be_visible()

    second.get_by_label("Note for colleagues").fill("Names agreed with counsel")
    second.get_by_role("button", name="Save the draft").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Somebody else has edited this notice")
    expect(second.get_by_label("Note for colleagues")).to_have_value("Names agreed with counsel")
    second.get_by_role("link", name="Keep theirs").click()
    expect(second.get_by_label(PARTNERS)).to_have_value(NAMED)

    bring_into_force(first, "Wording only")
    expect(first.get_by_text("Version 1.1 is in force from now on.")).to_be_visible()
