"""The sample's people as the browser tests use them, and the way in."""

from __future__ import annotations

from playwright.sync_api import Page

DISTRICT_ADMIN = "dana.whitfield@prairierivers.example"
SUPER_ADMIN = "sam.porter@classwaves.example"
ELEMENTARY_ADMIN = "rosalind.achterberg@cottonwood.example"
MIDDLE_ADMIN = "theodora.nakamura@riverbend.example"
HIGH_ADMIN = "cornelius.standingbear@highplains.example"
TEACHER = "priya.raghunathan@riverbend.example"
AUDITOR = "odette.marchetti@audit.example"

PASSWORD = "prairie-rivers-sample"  # `make run` prints it


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Type address and password as a person does."""
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def confirm_password(page: Page) -> None:
    """Type the password again, which pages of second factors ask for."""
    page.goto("/accounts/reauthenticate/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(lambda url: "reauthenticate" not in url)
