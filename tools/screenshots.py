"""`make screenshots`: pictures of the main pages, wide and narrow, in var/screenshots/; two of them for the README.

    .venv/bin/python -m tools.screenshots

The portal runs with the sample school in a folder of its own, as in the browser tests, whose steps this uses.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import consent
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.people import DISTRICT_ADMIN, HIGH_ADMIN, MIDDLE_ADMIN, SUPER_ADMIN, TEACHER, confirm_password
from tests.browser.portal import Portal, RunningPortal
from tests.browser.windows import DESKTOP, PHONE, Windows
from tools.places import ROOT
from tools.terminal import Trouble, say, speak

FOLDER = ROOT / "var" / "screenshots"
FOR_README = ROOT / "docs" / "images"
SIZES = {"1280": DESKTOP, "390": PHONE}
# Each width asks another family, so another school's.
OFFICES = {"1280": MIDDLE_ADMIN, "390": HIGH_ADMIN}
# Names of pictures and addresses, by who looks.
PAGES = {
    "": {
        "sign-in": "/accounts/login/",
        "forgotten-password": "/accounts/password/reset/",
        "not-found": "/nowhere/",
        "code": "/c/code/",
        "fresh-link": "/c/fresh/",
        "unknown-link": "/c/" + "x" * 43 + "/",
    },
    MIDDLE_ADMIN: {
        "dashboard": "/",
        "students": "/students/",
        "worklist": "/worklist/",
        "requests-sent": "/campaigns/",
        "notices": "/notices/",
        "school-authorizations": "/authorizations/",
        "ages": "/coppa/",
        "rosters": "/roster/",
        "lessons": "/sessions/",
        "keys": "/keys/",
        "paper": "/paper/",
        "audit-log": "/audit/",
        "audit-search": "/audit/?q=event:consent.*+period:90d",
        "audit-take-away": "/audit/take-away/?q=event:consent.*",
        "saved-searches": "/audit/searches/",
        "proof": "/proof/",
        "reports": "/reports/",
        "report-new": "/reports/new/access-audit/",
        "auditor-pack": "/reports/new/auditor-pack/",
        "disclosures": "/disclosures/",
        "disclosure-new": "/disclosures/new/",
        "disclosure-import": "/disclosures/import/",
        "second-factors": "/accounts/2fa/",
        "app": "/accounts/2fa/totp/activate/",
        "sessions": "/accounts/sessions/",
        "change-password": "/accounts/password/change/",
    },
    DISTRICT_ADMIN: {"all-schools": "/", "support": "/support/", "support-new": "/support/new/"},
    SUPER_ADMIN: {
        "support-ask": "/support/ask/",
        "delivery": "/system/outbox/",
        "server": "/system/warehouse/",
        "mailbox": "/dev/mail/",
    },
    TEACHER: {"who-may-be-recorded": "/", "refused": "/audit/"},
}


def main() -> None:
    """Take all pictures."""
    if CHROMIUM is None:
        raise Trouble("Chromium is missing (Debian: apt install chromium).")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    FOR_README.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        running = RunningPortal(Path(folder))
        try:
            portal = running.start()
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--no-sandbox"])
            windows = Windows(browser, portal.url, patience=portal.patience)
            for width, size in SIZES.items():
                take_the_way(windows, portal, width)
                take_pages(windows, width, size)
            browser.close()
        finally:
            running.stop()
    say(f"{len(list(FOLDER.iterdir()))} pictures are in {FOLDER.relative_to(ROOT)}/.")


def take_pages(windows: Windows, width: str, size: dict[str, object]) -> None:
    """Take the pages that an address alone opens."""
    for person, pages in PAGES.items():
        page = windows.open(size, signed_in=person)
        if person:
            confirm_password(page)
        for name, address in pages.items():
            page.goto(address)
            take(page, name, width)
            if (name, width) == ("dashboard", "1280"):
                page.screenshot(path=FOR_README / "dashboard.png")


def take_the_way(windows: Windows, portal: Portal, width: str) -> None:
    """Take the way from asking to the verified student."""
    office, parent = (windows.open(SIZES[width], signed_in=person) for person in (OFFICES[width], ""))
    student = consent.new_family(portal, OFFICES[width])
    consent.open_student(office, student)
    record = office.url
    take(office, "student-not-asked", width)
    office.get_by_role("button", name="Ask for consent").click()
    take(office, "asking", width)
    office.get_by_role("button", name="Send").click()
    consent.see_that_all_are_asked(office)
    take(office, "asked", width)
    parent.goto(consent.link_in(portal.mail_to(student.address, containing="/c/")))
    take(parent, "parent-notice", width)
    if width == "390":
        parent.screenshot(path=FOR_README / "parent.png")
    consent.check(parent)
    take(parent, "parent-errors", width)
    consent.answer_everything(parent, signer=student.guardian)
    parent.get_by_role("button", name="Español").click()
    take(parent, "parent-spanish", width)
    parent.get_by_role("button", name="English").click()
    consent.check(parent)
    take(parent, "parent-summary", width)
    consent.press_send(parent)
    take(parent, "parent-thanks", width)
    parent.goto(consent.link_in(portal.mail_to(student.address, containing="/c/v/")))
    take(parent, "parent-confirm", width)
    consent.confirm(parent)
    take(parent, "parent-confirmed", width)
    office.goto(record)
    take(office, "student-verified", width)
    office.goto("/audit/")
    office.locator("#audit-events tbody a").first.click()
    take(office, "audit-event", width)


def take(page: Page, name: str, width: str) -> None:
    """Write one picture of the whole page."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=True)


if __name__ == "__main__":
    speak(main)
