"""Pages that come by sending a form alone, which no crawl sees: two people who edit at once, and what is confirmed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.people import DISTRICT_ADMIN, SUPER_ADMIN, confirm_password
from tests.browser.windows import DESKTOP, NARROW, Windows


def lands_on(page: Page, heading: str) -> None:
    """Wait for a page by its first heading; fail where it breaks WCAG, or scrolls sideways on a phone."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    faults = checks.faults(page)
    page.set_viewport_size(NARROW["viewport"])
    faults += checks.too_wide(page)
    page.set_viewport_size(DESKTOP["viewport"])
    assert faults == []


def press(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def follow(page: Page, name: str) -> None:
    """Follow a link of the page itself, not of the navigation."""
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_load_state()


def edit_at_once(tabs: tuple[Page, Page], field: str, conflict: str, *, button: str = "Save") -> None:
    """Save a field in the first tab and then, with other words, in the second, which shows both."""
    first, second = tabs
    second.goto(first.url)
    for page, words in ((first, "Saved before"), (second, "Typed by the other")):
        page.get_by_label(field, exact=True).fill(words)
        press(page, button)
    lands_on(second, conflict)
    expect(second.get_by_role("main").get_by_text("Saved before").first).to_be_visible()
    expect(second.get_by_label(field, exact=True)).to_have_value("Typed by the other")


def test_who_saves_second_sees_both_versions(windows: Windows) -> None:
    """A district, a school, its settings and the text of a mail: each page with both versions is sound."""
    page = windows.open(DESKTOP, signed_in=DISTRICT_ADMIN)
    tabs = (page, page.context.new_page())
    page.goto("/districts/")
    follow(page, "Edit")
    edit_at_once(tabs, "Region", "Somebody else has edited this district")
    page.goto("/schools/")
    follow(page, "Riverbend Middle School")
    school = page.url
    follow(page, "Edit")
    edit_at_once(tabs, "Google Workspace ID", "Somebody else has edited this school")
    page.goto(f"{school}settings/mail/edit/")
    edit_at_once(tabs, "Name of the sender", "Somebody else has changed these settings")
    page.goto("/templates/")
    follow(page, "Riverbend Middle School")
    page.get_by_role("table").get_by_role("link").first.click()
    edit_at_once(tabs, "Words on the button", "Somebody else has edited this mail", button="Save the draft")
    follow(page, "Use the draft…")
    lands_on(page, "Use the draft")
    page.go_back()
    press(page, "Set the draft aside")


def test_a_district_is_told_what_its_default_does(windows: Windows) -> None:
    """The page before a default is saved is sound; so is the one for who saves after another."""
    page = windows.open(DESKTOP, signed_in=DISTRICT_ADMIN)
    other = page.context.new_page()
    for tab, name in ((page, "Prairie Rivers"), (other, "Rivers of the prairie")):
        tab.goto("/districts/")
        follow(tab, "Defaults for its schools")
        tab.locator("tr", has_text="Name of the sender").get_by_role("link").click()
        tab.get_by_label("Name of the sender").fill(name)
        press(tab, "Count what it would do")
    lands_on(page, "Name of the sender")
    press(page, "Save for all schools")
    press(other, "Save for all schools")
    lands_on(other, "Somebody else has changed this setting")


def test_support_is_asked_for_granted_entered_and_ended(windows: Windows) -> None:
    """Asking, granting, every page inside with its banner: each is sound."""
    sam, dana = (windows.open(DESKTOP, signed_in=one) for one in (SUPER_ADMIN, DISTRICT_ADMIN))
    for page in (sam, dana):
        confirm_password(page)
    sam.goto("/support/ask/")
    sam.get_by_label("District").select_option(label="Prairie Rivers Unified School District")
    sam.get_by_label("What for?").fill("A roster stops half-way")
    press(sam, "Ask the district")
    dana.goto(sam.url)
    lands_on(dana, "Support access")
    follow(dana, "Go on")
    lands_on(dana, "Grant support access")
    press(dana, "Let them in")
    sam.reload()
    press(sam, "Enter")
    sam.goto("/")
    expect(sam.get_by_role("region", name="Support access")).to_contain_text("You are inside")
    lands_on(sam, "Dashboard")
    press(dana, "End it at once")
    sam.reload()
    expect(sam.get_by_role("heading", level=1)).not_to_have_text("Dashboard")
