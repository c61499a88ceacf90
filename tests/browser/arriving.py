"""The first steps of a new person: the mail that leads in, a password, an authenticator app."""

from __future__ import annotations

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.portal import Portal, plain_text

PASSWORD = "three herons by the millpond"
SECONDS = 30


def choose_a_password(page: Page, portal: Portal, email: str) -> None:
    """Follow "Forgot your password?" to the mail and back."""
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="password").click()
    mail = portal.mail_to(email, containing="/accounts/password/reset/key/")
    found = re.search(r"http\S+/accounts/password/reset/key/\S+", plain_text(mail))
    assert found
    page.goto(found.group())
    assert checks.faults(page) == []
    page.get_by_label("New Password", exact=False).first.fill(PASSWORD)
    page.get_by_label("again").fill(PASSWORD)
    page.get_by_role("button", name="password").click()
    page.wait_for_url(lambda address: "set-password" not in address)


def set_up_the_app(page: Page) -> list[str]:
    """Add an authenticator app after typing the password again; return the recovery codes."""
    page.get_by_role("link", name="Activate").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    assert checks.faults(page) == []
    secret = page.get_by_label("secret").input_value()
    for _ in range(2):  # the half minute may end between the two clicks
        page.get_by_label("code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // SECONDS)))
        page.get_by_role("button", name="Activate").click()
        if not page.get_by_role("alert").count():
            break
    expect(page.get_by_role("heading", level=1)).to_contain_text("Recovery")
    assert checks.faults(page) == []
    return re.findall(r"\b[0-9a-f]{8}\b", page.locator("main textarea").input_value())
