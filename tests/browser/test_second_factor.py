"""Second factors: the first day of a new person where one is demanded, and a passkey in place of a password."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.arriving import PASSWORD, choose_a_password, set_up_the_app
from tests.browser.people import sign_in
from tests.browser.portal import Portal, manage, second_door
from tests.browser.windows import DESKTOP, Windows

NOOR, IDA = "noor.haddad@prairierivers.example", "ida.moreau@prairierivers.example"


def test_a_new_person_sets_up_a_second_factor_and_signs_in_with_it(portal: Portal, windows: Windows) -> None:
    """Nothing opens before the second factor is there; afterwards the password alone opens nothing."""
    manage(portal, "add_person", NOOR, "--name", "Noor Haddad", "--role", "district_admin", "--district", "d-1")
    with second_door(portal, STAFF_MFA_REQUIRED="true") as url:
        page = windows.open(DESKTOP, base_url=url)
        choose_a_password(page, portal, NOOR)
        sign_in(page, NOOR, PASSWORD)
        page.goto("/students/")
        expect(page).to_have_url(f"{url}/accounts/2fa/")
        expect(page.get_by_text("Add a second factor to go on")).to_be_visible()
        codes = set_up_the_app(page)
        page.goto("/students/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Students")

        later = windows.open(DESKTOP, base_url=url)
        sign_in(later, NOOR, PASSWORD)
        later.goto("/students/")
        expect(later).to_have_url(f"{url}/accounts/2fa/authenticate/")
        assert checks.faults(later) == []
        later.get_by_label("code").fill(codes[0])
        later.get_by_role("button", name="Sign in").click()
        later.goto("/students/")
        expect(later.get_by_role("heading", level=1)).to_have_text("Students")


def test_a_passkey_opens_the_portal_without_a_password(portal: Portal, windows: Windows) -> None:
    """A person adds a passkey, signs out, and comes back with nothing but the passkey."""
    manage(portal, "add_person", IDA, "--name", "Ida Moreau", "--role", "district_admin", "--district", "d-1")
    page = windows.open(DESKTOP)
    put_in_passkey_device(page)
    choose_a_password(page, portal, IDA)
    sign_in(page, IDA, PASSWORD)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    assert checks.faults(page) == []
    page.locator("main label", has_text="Passwordless").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Security key added")).to_be_visible()

    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button").first.click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def put_in_passkey_device(page: Page) -> None:
    """Let Chromium act as a phone with a fingerprint reader whose owner always agrees."""
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": device})
