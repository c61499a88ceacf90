"""The parents' way in a language that is written from right to left."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser import checks, consent
from tests.browser.people import MIDDLE_ADMIN
from tests.browser.portal import Portal, second_door
from tests.browser.windows import DESKTOP, NARROW, Windows


def test_the_page_turns_round(portal: Portal, windows: Windows) -> None:
    """Sound and no wider than the screen, with mistakes and without; the switch keeps what was typed."""
    office = windows.open(DESKTOP, signed_in=MIDDLE_ADMIN)
    student = consent.new_family(portal, MIDDLE_ADMIN)
    consent.open_student(office, student)
    office.get_by_role("button", name="Ask for consent").click()
    office.get_by_role("button", name="Send").click()
    link = consent.link_in(portal.mail_to(student.address, containing="/c/"))
    with second_door(portal, DJANGO_SETTINGS_MODULE="tests.arabic.settings") as url:
        phone = windows.open(NARROW)
        phone.goto(url + urlsplit(link).path)
        phone.get_by_label("Your full name").fill("ليلى")
        phone.locator("button[lang=ar]").click()
        expect(phone.locator("html")).to_have_attribute("dir", "rtl")
        expect(phone.get_by_label("اسمكم الكامل")).to_have_value("ليلى")
        faults = checks.faults(phone) + checks.faults_when_narrow(phone)
        phone.get_by_role("button", name="مراجعة إجاباتي").click()
        expect(phone.get_by_role("alert")).to_contain_text("اختاروا نعم أو لا.")
        faults += checks.faults(phone) + checks.faults_when_narrow(phone)
        phone.set_viewport_size(DESKTOP["viewport"])
        assert faults + checks.faults(phone) == []
