"""While the catalog sleeps: pages that open by themselves once it is awake, and forms that nobody types twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import checks, consent
from tests.browser.people import ELEMENTARY_ADMIN, SUPER_ADMIN
from tests.browser.portal import Portal, second_door
from tests.browser.windows import DESKTOP, PHONE, Windows

WAKING = "The catalog is waking up"
# A page asks after 3 seconds and then a little later each time; without scripts it loads itself every 10.
SOON = 15_000


class Sleeper:
    """A second door to the portal whose warehouse can be put to sleep, with windows before it."""

    def __init__(self, windows: Windows, url: str, file: Path) -> None:
        self.windows = windows
        self.url = url
        self.file = file

    def sleep(self) -> None:
        """Let every statement to the warehouse fail as a cold start does."""
        self.file.touch()

    def wake(self) -> None:
        """Let the warehouse answer again."""
        self.file.unlink(missing_ok=True)

    def staff(self, email: str = ELEMENTARY_ADMIN, *, scripts: bool = True) -> Page:
        """Open a window in which the person is signed in."""
        return self.windows.open(DESKTOP, signed_in=email, base_url=self.url, java_script_enabled=scripts)

    def parent(self, *, scripts: bool = True) -> Page:
        """Open a phone."""
        return self.windows.open(PHONE, base_url=self.url, java_script_enabled=scripts)


@pytest.fixture(scope="module")
def door(portal: Portal) -> Iterator[str]:
    """Run one more web server, whose warehouse sleeps on demand."""
    with second_door(portal, DJANGO_SETTINGS_MODULE="tests.browser.sleepy") as url:
        yield url


@pytest.fixture
def sleeper(portal: Portal, windows: Windows, door: str) -> Iterator[Sleeper]:
    """Give the door, awake before and after each test."""
    found = Sleeper(windows, door, portal.folder / "asleep")
    found.wake()
    yield found
    found.wake()


def test_a_page_opens_by_itself_once_the_catalog_is_awake(sleeper: Sleeper) -> None:
    """It says what happens, keeps WCAG at every width, moves no focus, and keeps the address with its filter."""
    office = sleeper.staff()
    office.goto("/students/")
    sleeper.sleep()
    office.goto("/students/?standing=not_asked")
    expect(office.get_by_role("heading", level=1)).to_have_text(WAKING)
    expect(office.get_by_role("status")).to_have_text("This page opens by itself as soon as it can.")
    assert checks.faults(office) == []
    assert checks.faults_of_focus(office) == []
    assert checks.faults_when_narrow(office) == []
    office.get_by_role("link", name="Try again").focus()
    office.wait_for_timeout(4_000)  # a poll has passed
    assert office.evaluate("document.activeElement.textContent") == "Try again"
    sleeper.wake()
    expect(office.get_by_role("heading", level=1)).to_have_text("Students", timeout=SOON)
    expect(office).to_have_url(f"{sleeper.url}/students/?standing=not_asked")


def test_a_live_filter_leads_to_the_page_that_waits(sleeper: Sleeper) -> None:
    """What was chosen is shown as soon as the catalog is awake."""
    office = sleeper.staff()
    office.goto("/students/")
    sleeper.sleep()
    office.get_by_label("State").select_option(label="Not asked")
    expect(office.get_by_role("heading", level=1)).to_have_text(WAKING)
    sleeper.wake()
    expect(office.get_by_role("heading", level=1)).to_have_text("Students", timeout=SOON)
    expect(office.get_by_label("State")).to_have_value("not_asked")


def test_a_number_comes_by_itself_once_the_catalog_is_awake(sleeper: Sleeper) -> None:
    """The page stands and its button works without the number, which is asked for again; no request fails."""

    def fall_asleep(route: Route) -> None:
        sleeper.sleep()
        route.continue_()

    office = sleeper.staff()
    office.route("**/students/fitting/?*", fall_asleep, times=1)
    with office.expect_response(lambda answer: "/fitting/" in answer.url) as part:
        office.goto("/students/")
    assert part.value.status == 204
    button = office.get_by_role("button", name=re.compile("who fit$"))
    expect(button).to_have_text("Ask all who fit")
    sleeper.wake()
    expect(button).to_have_text(re.compile(r"Ask all \d+ who fit"), timeout=SOON)


def test_a_text_that_is_typed_is_not_sent_by_itself(sleeper: Sleeper) -> None:
    """The live preview of a notice stands still while the catalog sleeps; what is typed stays, and nothing is saved."""
    office = sleeper.staff()
    office.goto("/notices/")
    office.locator("#notices").get_by_role("link", name="Sharing in English", exact=True).click()
    text = office.get_by_label("With whom results are shared")
    sleeper.sleep()
    with office.expect_response(lambda answer: "preview" in answer.url) as preview:
        text.fill("Library Co.")
    preview.value.finished()
    expect(text).to_have_value("Library Co.")
    assert preview.value.status == 204
    expect(office.get_by_role("heading", level=1)).not_to_have_text(WAKING)


def test_a_page_without_scripts_loads_itself_anew(sleeper: Sleeper) -> None:
    """HTML alone brings the page."""
    office = sleeper.staff(scripts=False)
    office.goto("/students/")
    sleeper.sleep()
    office.goto("/students/")
    expect(office.get_by_role("heading", level=1)).to_have_text(WAKING)
    expect(office.locator("noscript p")).to_contain_text("tries again by itself")
    sleeper.wake()
    expect(office.get_by_role("heading", level=1)).to_have_text("Students", timeout=SOON)


def asked(portal: Portal, sleeper: Sleeper) -> tuple[consent.Family, str]:
    """Ask a guardian as the office does, and return who it is and the path of the link in the mail."""
    office = sleeper.staff()
    student = consent.new_family(portal, ELEMENTARY_ADMIN)
    consent.open_student(office, student)
    office.get_by_role("button", name="Ask for consent").click()
    office.get_by_role("button", name="Send").click()
    consent.see_that_all_are_asked(office)
    return student, urlsplit(consent.link_in(portal.mail_to(student.address, containing="/c/"))).path


def test_a_parent_answers_while_the_catalog_falls_asleep(portal: Portal, sleeper: Sleeper) -> None:
    """Every answer stays on the page; the button waits with the parent and is pressed by the parent."""
    student, path = asked(portal, sleeper)
    phone = sleeper.parent()
    phone.goto(path)
    consent.answer_everything(phone, signer=student.guardian)
    consent.check(phone)
    sleeper.sleep()
    consent.press_send(phone)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Please try again in a few minutes")
    again = phone.get_by_role("button", name="Send again")
    expect(again).to_be_disabled()
    assert checks.faults(phone) == []
    assert checks.faults_when_narrow(phone) == []
    sleeper.wake()
    expect(phone.locator("[data-waiting]")).to_have_text("It answers again. You can send it now.", timeout=SOON)
    again.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you. Your answers are saved.")


def test_a_parent_without_scripts_answers_too(portal: Portal, sleeper: Sleeper) -> None:
    """The button can be pressed at any time; pressed too early, the answers are still there."""
    student, path = asked(portal, sleeper)
    phone = sleeper.parent(scripts=False)
    phone.goto(path)
    consent.answer_everything(phone, signer=student.guardian)
    sleeper.sleep()
    consent.check(phone)
    phone.get_by_role("button", name="Send again").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Please try again in a few minutes")
    sleeper.wake()
    phone.get_by_role("button", name="Send again").click()
    consent.press_send(phone)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you. Your answers are saved.")


def test_signing_in_keeps_the_address_and_asks_for_the_password_again(sleeper: Sleeper) -> None:
    """A password is written into no page."""
    page = sleeper.windows.open(DESKTOP, base_url=sleeper.url)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(ELEMENTARY_ADMIN)
    page.get_by_label("Password").fill("prairie-rivers-sample")
    sleeper.sleep()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WAKING)
    assert checks.faults(page) == []
    sleeper.wake()
    expect(page.get_by_role("button", name="Send it again")).to_be_enabled(timeout=SOON)
    page.get_by_label("Password").fill("prairie-rivers-sample")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(WAKING)
    page.goto("/students/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Students")


def test_the_server_s_page_looks_right(sleeper: Sleeper) -> None:
    """Its checks are read at every width, asleep or awake."""
    office = sleeper.staff(SUPER_ADMIN)
    office.goto("/system/warehouse/")
    expect(office.get_by_text("Nothing is wrong.")).to_be_visible()
    assert checks.faults(office) == []
    assert checks.faults_when_narrow(office) == []
    sleeper.sleep()
    office.set_viewport_size({"width": 1280, "height": 900})
    office.get_by_role("link", name="Check again").click()
    expect(office.get_by_role("heading", name="Something is wrong")).to_be_visible()
    assert checks.faults(office) == []
