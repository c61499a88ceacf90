"""The whole way as strangers go it: the office asks, a parent answers on a phone, the office proves it."""

from __future__ import annotations

from io import BytesIO

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser import consent
from tests.browser.axe import violations
from tests.browser.checks import too_wide
from tests.browser.consent import Family
from tests.browser.people import ELEMENTARY_ADMIN, MIDDLE_ADMIN, confirm_password, sign_in
from tests.browser.portal import Portal
from tests.browser.windows import DESKTOP, Windows

STEPS = (
    "Signed in",
    "Student record viewed",
    "Consent requested",
    "Notice sent",
    "Consent notice opened",
    "Consent given",
    "Consent refused",
    "Consent verified",
)


def sound(page: Page) -> None:
    """Fail where the page breaks WCAG or scrolls sideways."""
    assert [str(one) for one in violations(page)] == []
    assert too_wide(page) == []


def test_from_asking_to_the_certificate(portal: Portal, desktop: Page, phone: Page) -> None:
    """A school admin asks, the mail arrives, a parent answers and confirms, and log and certificate say so."""
    sign_in(desktop, MIDDLE_ADMIN)
    see_the_dashboard(desktop)
    student = consent.new_family(portal, MIDDLE_ADMIN)
    find_the_student(desktop, student)
    ask(desktop)
    invitation = portal.mail_to(student.address, containing="/c/")
    phone.goto(consent.link_in(invitation))
    read_in_two_languages(phone)
    answer_with_an_error_first(phone, student)
    second = portal.mail_to(student.address, containing="/c/v/")
    phone.goto(consent.link_in(second))
    sound(phone)
    consent.confirm(phone)
    sound(phone)
    portal.mail_to(student.address, containing="on record")
    see_that_it_is_verified(desktop, student)
    find_every_step_in_the_log(desktop, student)
    download_the_certificate(desktop, student)


def see_the_dashboard(page: Page) -> None:
    """The first page has numbers."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    numbers = page.locator("main .cw-stat__value").all_inner_texts()
    assert len(numbers) >= 3
    assert any(int(number.replace(",", "")) > 0 for number in numbers)
    sound(page)


def find_the_student(page: Page, student: Family) -> None:
    """From the side navigation to the list, by the filter to the student whom nobody has asked about."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Students").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Students")
    sound(page)
    page.get_by_label("State").select_option(label="Not asked")
    page.wait_for_url("**standing=not_asked**")
    sound(page)
    page.get_by_role("link", name=student.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(student.name)
    sound(page)


def ask(page: Page) -> None:
    """The page says whom it reaches before anything is sent, and shows afterwards how far the sending is."""
    student = page.url
    page.get_by_role("button", name="Ask for consent").click()
    expect(page.get_by_role("heading", level=2, name="Send")).to_be_visible()
    expect(page.get_by_text("You chose 1 student.")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Send").click()
    consent.see_that_all_are_asked(page)
    sound(page)
    page.goto(student)
    expect(page.locator("#requests")).to_be_visible()
    sound(page)


def read_in_two_languages(page: Page) -> None:
    """The notice is there in both languages, and what is typed survives the switch."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("asks for your consent")
    sound(page)
    page.get_by_label("Your full name").fill("Robin Sample")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("button", name="Revisar mis respuestas")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_label("Your full name")).to_have_value("Robin Sample")


def answer_with_an_error_first(page: Page, student: Family) -> None:
    """A forgotten answer is said above the form and beside the field; nothing else has to be done again."""
    consent.answer_everything(page, signer=student.guardian)
    page.get_by_label("Your relationship").select_option(index=0)
    consent.check(page)
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Choose your relationship")
    expect(summary).to_be_focused()
    sound(page)
    assert page.locator("input[type=radio]:checked").count() == page.locator("fieldset").count()
    expect(page.get_by_label("Your full name")).to_have_value(student.guardian)
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Your relationship")).to_be_focused()
    page.get_by_label("Your relationship").select_option(label="Parent")
    look_at_the_summary(page, student)
    consent.send(page)
    sound(page)


def look_at_the_summary(page: Page, student: Family) -> None:
    """The summary says every answer and what it leads to, changes its language in place, and leads back."""
    consent.check(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Please check before you send")
    expect(page.locator(".cw-said strong")).to_have_text(["Yes", "Yes", "Yes", "No"])
    expect(page.get_by_text(student.guardian)).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revise antes de enviar")
    sound(page)
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Change something").click()
    expect(page.get_by_label("Your full name")).to_have_value(student.guardian)
    assert page.locator("input[type=radio]:checked").count() == page.locator("fieldset").count()


def see_that_it_is_verified(page: Page, student: Family) -> None:
    """The student's page tells each type's state, the request's and who said what."""
    page.reload()
    expect(page.locator("#requests").get_by_text("Verified", exact=True)).to_be_visible()
    expect(page.locator("#types tbody tr").filter(has_text=f"Given by {student.guardian}")).to_have_count(3)
    expect(page.locator("#types tbody tr").filter(has_text=f"Refused by {student.guardian}")).to_have_count(1)
    sound(page)


def find_every_step_in_the_log(page: Page, student: Family) -> None:
    """Each step is a row of the log; the filters find it, and the row opens."""
    here = page.url
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Audit log").click()
    page.get_by_role("combobox", name="Search").fill(f'student:"{student.name}"')
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**student%3A**")
    table = page.locator("#audit-events")
    for step in STEPS[1:]:
        expect(table.get_by_role("link", name=step, exact=True).first).to_be_visible()
    sound(page)
    page.get_by_role("combobox", name="Search").fill("event:auth.login")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**event%3Aauth.login**")
    expect(table.get_by_role("link", name="Signed in", exact=True).first).to_be_visible()
    expect(table.get_by_role("link", name="Student record viewed")).to_have_count(0)
    table.get_by_role("link", name="Signed in", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed in")
    sound(page)
    page.goto(here)


def download_the_certificate(page: Page, student: Family) -> None:
    """The certificate is a PDF with the child, the signer and the state of each type, for who is asked again."""
    here = page.url
    confirm_password(page)
    page.goto(here)
    with page.expect_download() as begun:
        page.get_by_role("link", name="Consent certificate (PDF)").click()
    content = begun.value.path().read_bytes()
    assert content.startswith(b"%PDF-")
    text = " ".join(" ".join(part.extract_text() for part in PdfReader(BytesIO(content)).pages).split())
    assert "Consent certificate" in text
    assert "Record and transcribe" in text
    assert "May be recorded" in text
    for name in (student.name, student.guardian):
        assert name.isascii() is False or name in text


def test_the_second_step_by_code(portal: Portal, windows: Windows, phone: Page) -> None:
    """Where the links are mangled, six digits and the address lead the same way."""
    office = windows.open(DESKTOP, signed_in=ELEMENTARY_ADMIN)
    student = consent.new_family(portal, ELEMENTARY_ADMIN)
    consent.open_student(office, student)
    ask(office)
    use_code(phone, student, consent.code_in(portal.mail_to(student.address, containing="/c/")))
    consent.answer_everything(phone, signer=student.guardian)
    consent.send(phone)
    use_code(phone, student, consent.code_in(portal.mail_to(student.address, containing="/c/v/")))
    consent.confirm(phone)
    see_that_it_is_verified(office, student)


def use_code(page: Page, student: Family, code: str) -> None:
    """Type address and code; a wrong code is refused with words."""
    page.goto("/c/code/")
    sound(page)
    page.get_by_label("email address").fill(student.address)
    page.get_by_label("6-digit code").fill("000 000" if code != "000 000" else "111 111")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    sound(page)
    page.get_by_label("6-digit code").fill(code)
    page.get_by_role("button", name="Go on").click()
