"""docs/first-district.md as a new user goes it: from an empty installation to the first question to parents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser import checks, consent
from tests.browser.arriving import PASSWORD, choose_a_password, set_up_the_app
from tests.browser.people import sign_in
from tests.browser.portal import Portal, RunningPortal, manage, plain_text
from tests.browser.windows import DESKTOP, Windows

SAM, DANA, ROBIN = "sam@classwaves.example", "dana@harborpoint.example", "robin.marsh@home.example"
DISTRICT, SCHOOL = "Harbor Point Unified", "Harbor Point Middle"
TABLE = (
    "Student number,First name,Last name,Grade,Birth date,Parent name,Parent email,Tie\n"
    "1001,Ada,Marsh,6,2013-04-02,Robin Marsh,robin.marsh@home.example,Mother\n"
    "1002,Ben,Ferry,7,2012-09-12,,,\n"
)
STUDENTS = FilePayload(name="students.csv", mimeType="text/csv", buffer=TABLE.encode())
# Comparing and applying a roster are jobs, in milliseconds.
A_JOB = 30_000


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Portal]:
    """Run a portal in whose databases nothing is, and where people need a second factor."""
    running = RunningPortal(tmp_path / "empty", sample=False, STAFF_MFA_REQUIRED="true")
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def windows_there(browser: Browser, empty: Portal) -> Iterator[Windows]:
    """Open windows on it; errors of scripts, refused content and other hosts fail the test."""
    opened = Windows(browser, empty.url, patience=empty.patience)
    yield opened
    opened.close()
    assert not opened.troubles


def test_from_an_empty_installation_to_the_first_question(empty: Portal, windows_there: Windows) -> None:
    """Each step of the document, through the browser alone but for the first account."""
    page, codes = the_first_account(empty, windows_there)
    the_district_and_its_school(page)
    a_subprocessor(page)
    invitation = the_invitation(page, empty, codes)
    office, codes = the_administrator(windows_there, invitation)
    a_default_of_the_district(office)
    an_agreement(office, codes)
    the_notices(office)
    the_roster(office)
    ask_all_who_fit(office)
    question = empty.mail_to(ROBIN, containing="/c/")
    parent = windows_there.open(DESKTOP)
    parent.goto(consent.link_in(question))
    expect(parent.get_by_role("heading", level=1)).to_contain_text("asks for your consent")
    expect(parent.get_by_text(SCHOOL).first).to_be_visible()
    what_waits_stands_first(office)


def sound(page: Page) -> None:
    """Fail where a page of an empty portal, which no crawl sees, breaks WCAG or scrolls sideways."""
    assert checks.faults(page) == []


def to(page: Page, name: str) -> None:
    """Go to a page by the navigation."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()


def next_step(page: Page, link: str) -> None:
    """Follow a link below "What to do next"."""
    page.get_by_role("region", name="What to do next").get_by_role("link", name=link).click()


def show_who_it_is(page: Page, code: str) -> None:
    """Answer the question that comes before what is hard to take back: with a recovery code, a new one each time."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    page.get_by_label("code").fill(code)
    page.get_by_role("button", name="Confirm").click()


def the_first_account(portal: Portal, windows: Windows) -> tuple[Page, list[str]]:
    """Step 1: the one command, a password by mail, a second factor."""
    manage(portal, "add_person", SAM, "--name", "Sam Porter", "--role", "super_admin")
    page = windows.open(DESKTOP)
    choose_a_password(page, portal, SAM)
    sign_in(page, SAM, PASSWORD)
    codes = set_up_the_app(page)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The installation")
    expect(page.get_by_text("There is no school yet")).to_be_visible()
    sound(page)
    return page, codes


def the_district_and_its_school(page: Page) -> None:
    """Step 2: each page leads to the next."""
    page.get_by_role("link", name="Go to districts").click()
    page.get_by_role("link", name="Make a district").first.click()
    page.get_by_label("Name of the district").fill(DISTRICT)
    page.locator("select[name=state]").select_option("CA")
    page.get_by_label("Superintendent").fill("Ines Calloway")
    page.get_by_label("E-mail of the office").fill("office@harborpoint.example")
    page.get_by_label("Name", exact=True).fill("Agreement")
    page.get_by_label("What stands there").fill("NDPA 1.0")
    page.locator("main").get_by_role("button", name="Make the district").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(DISTRICT)
    sound(page)
    next_step(page, "Make a school")
    page.get_by_label("Name of the school").fill(SCHOOL)
    page.get_by_label("Domain of its e-mail").fill("harborpoint.example")
    page.get_by_label("E-mail of the school’s office").fill("office@harborpoint.example")
    page.get_by_role("button", name="Make the school").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(SCHOOL)
    sound(page)


def a_subprocessor(page: Page) -> None:
    """Step 2, last line: who handles data."""
    to(page, "Data inventory")
    page.get_by_role("link", name="Subprocessors").click()
    page.get_by_role("link", name="Add a company").first.click()
    page.get_by_label("Name of the company").fill("Cloud Harbor Inc.")
    page.get_by_label("What for").fill("Keeps the database and the recordings.")
    page.get_by_role("group", name="Which classes").locator("label").first.click()
    page.get_by_label("Where the data are").fill("United States, Oregon")
    page.get_by_label("Since").fill("2025-08-01")
    page.get_by_role("button", name="Put it on the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cloud Harbor Inc.")


def the_invitation(page: Page, portal: Portal, codes: list[str]) -> EmailMessage:
    """Step 3: invite the district's administrator."""
    to(page, "Districts")
    page.get_by_role("link", name=DISTRICT).click()
    next_step(page, "Send an invitation")
    show_who_it_is(page, codes[0])
    page.get_by_label("E-mail address").fill(DANA)
    page.get_by_label("Name", exact=True).fill("Dana Reyes")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("Invited. The mail is on its way.")).to_be_visible()
    return portal.mail_to(DANA, containing=f"Sam Porter invites you to the student privacy office of {DISTRICT}")


def the_administrator(windows: Windows, invitation: EmailMessage) -> tuple[Page, list[str]]:
    """Step 3 at the other end: the link of the mail, a password, a second factor, the dashboard; the link is spent."""
    found = re.search(r"http\S+/join/\S+", plain_text(invitation))
    assert found
    page = windows.open(DESKTOP)
    page.goto(found.group())
    sound(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_text("Welcome. Sign in now")).to_be_visible()
    sign_in(page, DANA, PASSWORD)
    codes = set_up_the_app(page)
    page.goto(found.group())
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work")
    page.goto("/")
    expect(page.get_by_text("No students yet")).to_be_visible()
    sound(page)
    return page, codes


def a_default_of_the_district(page: Page) -> None:
    """Step 4.1: a time zone that counts in the school, and that no school may change; how long data stay."""
    to(page, "Districts")
    page.get_by_role("link", name="Defaults for its schools").click()
    page.get_by_role("row").filter(has_text="Time zone").get_by_role("link", name="Change").click()
    page.get_by_label("Time zone").select_option("America/Los_Angeles")
    page.get_by_text("Decide this for every school", exact=True).click()
    page.get_by_role("button", name="Count what it would do").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Decide “America/Los_Angeles” for every school?")
    page.get_by_role("button", name="Save for all schools").click()
    expect(page.get_by_role("row").filter(has_text="Time zone")).to_contain_text("Decided for every school")
    to(page, "Retention")
    expect(page.get_by_role("row").filter(has_text="Audio recordings").first).to_contain_text("30")


def an_agreement(page: Page, codes: list[str]) -> None:
    """Step 4.2: the school's page leads to what is missing; before a signature the portal asks who it is again."""
    to(page, "Schools")
    page.get_by_role("link", name=SCHOOL).click()
    next_step(page, "Read and sign")
    page.get_by_role("link", name="Read and sign").first.click()
    show_who_it_is(page, codes[0])
    page.get_by_label("Full name of who signs").fill("Dana Reyes")
    page.get_by_label("Title").fill("Director of student data")
    page.get_by_text("I have read the text above").click()
    page.get_by_role("button", name="Sign for the school").click()
    expect(page.get_by_text("by Dana Reyes, Director of student data")).to_be_visible()


def the_notices(page: Page) -> None:
    """Step 4.3: say with whom results are shared, and bring it into force."""
    to(page, "Notices to parents")
    page.get_by_role("link", name="Sharing in English", exact=True).click()
    page.get_by_label("With whom results are shared").fill("Gradebook Inc.: shows results to teachers")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name="Bring into force").click()
    page.get_by_text("What is collected, used").click()
    page.get_by_role("button", name="Bring into force").click()
    expect(page.get_by_text("Version 2 is in force from now on.")).to_be_visible()


def the_roster(page: Page) -> None:
    """Step 4.4: a plain table, whose relationship the office has to choose; numbers first, then the change."""
    to(page, "Rosters")
    page.get_by_label("Roster file").set_input_files(STUDENTS)
    page.get_by_role("button", name="Send and compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What do the columns mean?")
    sound(page)
    page.get_by_label("Guardian 1: relationship").select_option(label="Tie")
    page.get_by_role("button", name="Compare with the catalog").click()
    apply = page.get_by_role("button", name="Apply the roster")
    expect(apply).to_be_visible(timeout=A_JOB)
    sound(page)
    page.get_by_role("link", name="Person by person").click()
    expect(page.get_by_text("Ada M.").first).to_be_visible()
    sound(page)
    page.go_back()
    expect(page.locator("#rows").get_by_role("row").filter(has_text="Students").get_by_role("cell").first).to_have_text(
        "2"
    )
    apply.click()
    expect(page.get_by_text("The roster is applied")).to_be_visible(timeout=A_JOB)
    sound(page)


def ask_all_who_fit(page: Page) -> None:
    """Step 4.5: whom it asks, who cannot be asked and why; then the mails go out."""
    to(page, "Students")
    page.get_by_role("button", name="who fit").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Send 1 request?")
    expect(page.get_by_text("1 student without a guardian in the roster.")).to_be_visible()
    page.get_by_role("button", name="Send 1 e-mail").click()
    consent.see_that_all_are_asked(page)


def what_waits_stands_first(page: Page) -> None:
    """From then on the dashboard begins with what waits."""
    to(page, "Dashboard")
    panels = page.locator("main").get_by_role("heading", level=2)
    expect(panels.first).to_have_text("Open work")
    expect(page.get_by_role("link", name="Nobody has been asked about 1 student")).to_be_visible()
    sound(page)
