"""Everything that has to be done works where scripts are blocked or broken: asking, answering, looking up."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import consent
from tests.browser.people import ELEMENTARY_ADMIN
from tests.browser.portal import Portal
from tests.browser.windows import DESKTOP, PHONE, Windows


def test_asking_and_answering_without_scripts(portal: Portal, windows: Windows) -> None:
    """The office filters, asks and searches the log; the parent answers, mends, confirms: with HTML alone."""
    student = consent.new_family(portal, ELEMENTARY_ADMIN)
    office = windows.open(DESKTOP, signed_in=ELEMENTARY_ADMIN, java_script_enabled=False)
    office.goto("/students/")
    office.get_by_label("State").select_option(label="Not asked")
    office.get_by_role("button", name="Show").click()
    expect(office).to_have_url(f"{portal.url}/students/?standing=not_asked")
    office.get_by_role("link", name=student.name).click()
    office.get_by_role("button", name="Ask for consent").click()
    office.get_by_role("button", name="Send").click()
    consent.see_that_all_are_asked(office)

    phone = windows.open(PHONE, java_script_enabled=False)
    phone.goto(consent.link_in(portal.mail_to(student.address, containing="/c/")))
    consent.check(phone)
    expect(phone.get_by_role("alert")).to_contain_text("Type your full name.")
    consent.answer_everything(phone, signer=student.guardian)
    phone.get_by_role("button", name="Español").click()
    expect(phone.get_by_role("button", name="Revisar mis respuestas")).to_be_visible()
    phone.get_by_role("button", name="English").click()
    consent.send(phone)
    phone.goto(consent.link_in(portal.mail_to(student.address, containing="/c/v/")))
    consent.confirm(phone)

    office.goto("/audit/")
    office.get_by_text("Filters", exact=True).click()
    office.get_by_label("Student", exact=True).fill(student.name)
    office.get_by_role("button", name="Show").click()
    expect(office.locator("#audit-events").get_by_role("link", name="Consent verified").first).to_be_visible()


def test_choosing_several_students_without_scripts(windows: Windows) -> None:
    """Students are chosen in the table, and the numbers are said before anything is sent."""
    office = windows.open(DESKTOP, signed_in=ELEMENTARY_ADMIN, java_script_enabled=False)
    office.goto("/students/?standing=not_asked")
    boxes = office.locator("#students tbody .usa-checkbox__label")
    for box in boxes.all()[:2]:
        box.click()
    office.get_by_role("button", name="Ask guardians of those chosen").click()
    expect(office.get_by_text("You chose 2 students.")).to_be_visible()
    office.get_by_role("link", name="Cancel").click()
    expect(office.locator("#students")).to_be_visible()


def test_the_menus_open_without_scripts(windows: Windows) -> None:
    """On a phone every page stays in reach: the navigation is simply there, and menus are the browser's own."""
    office = windows.open(PHONE, signed_in=ELEMENTARY_ADMIN, java_script_enabled=False)
    office.goto("/")
    expect(office.get_by_role("link", name="Audit log", exact=True)).to_be_visible()
    office.get_by_role("banner").locator("summary").last.click()
    expect(office.get_by_role("button", name="Sign out")).to_be_visible()
