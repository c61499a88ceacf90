"""A parent comes back to their answers: by link, in two languages, with and without scripts."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.browser import checks, consent
from tests.browser.consent import Family
from tests.browser.people import ELEMENTARY_ADMIN, HIGH_ADMIN
from tests.browser.portal import Portal
from tests.browser.windows import DESKTOP, PHONE, Windows

SPANISH = {
    "check": "Revisar mis respuestas",
    "send": "Enviar mis respuestas",
    "confirm": "Confirmar mis respuestas",
    "manage": "Ver o cambiar mis respuestas",
}


def asked(portal: Portal, windows: Windows, email: str) -> tuple[Family, str]:
    """Ask a guardian as the office does; return who it is and the link in the mail."""
    office = windows.open(DESKTOP, signed_in=email)
    student = consent.new_family(portal, email)
    consent.open_student(office, student)
    office.get_by_role("button", name="Ask for consent").click()
    office.get_by_role("button", name="Send").click()
    return student, consent.link_in(portal.mail_to(student.address, containing="/c/"))


def sound(page: Page) -> None:
    """Fail where the page breaks WCAG, hides the focus, or scrolls sideways at 200 % and 400 % zoom."""
    size = page.viewport_size
    assert size
    faults = checks.faults(page) + checks.faults_of_focus(page) + checks.faults_when_narrow(page)
    page.set_viewport_size(size)
    assert faults == []


def sound_in_spanish(page: Page, *, scripts: bool) -> None:
    """Fail where a page of the Spanish way is not in Spanish, breaks WCAG or scrolls sideways; axe needs scripts."""
    expect(page.locator("html")).to_have_attribute("lang", "es")
    if scripts:
        assert checks.faults(page) == []


def heading(page: Page, words: str) -> None:
    """Wait for the page with this first heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_a_parent_sees_changes_and_takes_back(portal: Portal, windows: Windows) -> None:
    """Every page of the way is sound: summary, thanks, second step, link, answers, receipt, withdrawal."""
    student, link = asked(portal, windows, HIGH_ADMIN)
    page = windows.open(DESKTOP)
    page.goto(link)
    consent.answer_everything(page, signer=student.guardian)
    consent.check(page)
    heading(page, "Please check before you send")
    sound(page)
    consent.press_send(page)
    heading(page, "Thank you. Your answers are saved.")
    sound(page)
    page.goto(consent.link_in(portal.mail_to(student.address, containing="/c/v/")))
    sound(page)
    consent.confirm(page)
    sound(page)
    open_answers(portal, page, student)
    sound(page)
    expect(page.get_by_text("Yes. It is in force.")).to_have_count(3)
    with page.expect_download() as begun:
        page.get_by_role("button", name="Save my receipt").click()
    assert begun.value.path().read_bytes().startswith(b"%PDF-")
    withdraw(page)
    portal.mail_to(student.address, containing="This ended at once")
    page.get_by_role("link", name="See my answers").click()
    expect(page.get_by_text("Yes. It is in force.")).to_have_count(1)
    expect(page.get_by_text("You asked to delete what was recorded.")).to_be_visible()
    page.get_by_role("button", name="Change my answers").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("asks for your consent")
    assert page.locator("input[type=radio]:checked").count() == 0


def open_answers(portal: Portal, page: Page, student: Family) -> None:
    """Follow the way from the page before to the mail and its link."""
    page.get_by_role("link", name="See or change my answers").click()
    heading(page, "See or change your answers")
    sound(page)
    page.get_by_label("email address").fill(student.address)
    page.get_by_role("button", name="Send me a link").click()
    heading(page, "Check your mail")
    sound(page)
    page.goto(consent.link_in(portal.mail_to(student.address, containing="/c/m/")))
    heading(page, "Your answers")


def withdraw(page: Page) -> None:
    """Take recording back and have the data deleted; a forgotten choice is named first."""
    page.get_by_role("link", name="Take back a yes").click()
    sound(page)
    page.get_by_text("Record and transcribe my child’s voice").click()
    page.get_by_role("button", name="Take it back now").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose to keep it or to delete it.")
    sound(page)
    page.get_by_text("Delete it. The school must be done by").click()
    page.get_by_role("button", name="Take it back now").click()
    heading(page, "Taken back")
    sound(page)


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_the_whole_way_in_spanish(portal: Portal, windows: Windows, scripts: bool) -> None:
    """From the first page to the withdrawal in Spanish, on a phone; scripts or none. Each page of it is sound."""
    see = partial(sound_in_spanish, scripts=scripts)
    student, link = asked(portal, windows, ELEMENTARY_ADMIN)
    page = windows.open(PHONE, java_script_enabled=scripts)
    page.goto(link)
    page.get_by_role("button", name="Español").click()
    for question, answer in (
        ("participar", "Sí"),
        ("grabar y transcribir", "Sí"),
        ("inteligencia", "Sí"),
        ("otros", "No"),
    ):
        consent.say(page, question, answer)
    page.get_by_label("Su nombre completo").fill(student.guardian)
    page.get_by_label("Su relación").select_option(value="parent")
    page.get_by_role("button", name=SPANISH["check"]).click()
    heading(page, "Revise antes de enviar")
    see(page)
    page.get_by_role("button", name="Cambiar algo").click()
    page.get_by_role("button", name=SPANISH["check"]).click()
    page.get_by_role("button", name=SPANISH["send"]).click()
    heading(page, "Gracias. Sus respuestas están guardadas.")
    see(page)
    page.goto(consent.link_in(portal.mail_to(student.address, containing="/c/v/")))
    see(page)
    page.get_by_role("button", name=SPANISH["confirm"]).click()
    see(page)
    page.get_by_role("link", name=SPANISH["manage"]).click()
    see(page)
    page.get_by_label("correo electrónico").fill(student.address)
    page.get_by_role("button", name="Envíenme un enlace").click()
    heading(page, "Revise su correo")
    see(page)
    page.goto(consent.link_in(portal.mail_to(student.address, containing="/c/m/")) + "?lang=es")
    expect(page.get_by_text("Sí. Está en vigor.")).to_have_count(3)
    see(page)
    with page.expect_download() as begun:
        page.get_by_role("button", name="Guardar mi recibo").click()
    assert begun.value.path().read_bytes().startswith(b"%PDF-")
    page.get_by_role("link", name="Retirar un sí").click()
    see(page)
    page.get_by_text("Participar en ClassWaves").click()
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Español").click()
    page.get_by_text("Guardarlo. Se borra más tarde").click()
    page.get_by_role("button", name="Retirarlo ahora").click()
    heading(page, "Retirado")
    see(page)
    expect(page.locator("main li").first).to_contain_text("Participar en ClassWaves")
    portal.mail_to(student.address, containing="Esto terminó de inmediato")
