"""The steps of asking and answering, as the office and the parents take them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage

from playwright.sync_api import Page, expect

from tests.browser.portal import plain_text

SENT_TO = re.compile(r"https?://\S+/c/(?:[vm]/)?[\w-]{30,}/")
CODE = re.compile(r"\b(\d{3} \d{3})\b")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A student whom nobody has asked about, and a guardian who can be asked."""

    name: str
    guardian: str
    address: str


# Whom the tests of this process have asked: a second mail to the same inbox could be taken for the first.
_TAKEN: set[str] = set()


def find_student(page: Page, language: str = "English") -> Chosen:
    """Look through the students who are not asked; stay on the page of one whose guardian reads `language`."""
    page.goto("/students/?standing=not_asked")
    for address in [str(link.get_attribute("href")) for link in page.locator("#students tbody th a").all()]:
        page.goto(address)
        askable = page.locator("#guardians tbody tr").filter(has_text="Can be asked").filter(has_text=language)
        for row in askable.all():
            cells = row.locator("th, td")
            found = Chosen(page.locator("h1").inner_text(), cells.nth(0).inner_text(), cells.nth(2).inner_text())
            if found.address not in _TAKEN:
                _TAKEN.add(found.address)
                return found
    raise AssertionError(f"Nobody is left to be asked who reads {language}.")


def see_that_all_are_asked(page: Page) -> None:
    """Wait on the page of a campaign until its job is done; it looks again by itself, with scripts or none."""
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Asking (one guardian|guardians)"))
    expect(page.get_by_role("heading", level=2, name="Everyone on the list has been asked")).to_be_visible(
        timeout=30_000
    )


def link_in(mail: EmailMessage) -> str:
    """Return the link of a mail that is for its reader alone."""
    found = SENT_TO.search(plain_text(mail))
    assert found, "a mail without a link"
    return found.group()


def code_in(mail: EmailMessage) -> str:
    """Return the six digits of a mail."""
    found = CODE.search(plain_text(mail))
    assert found, "a mail without a code"
    return found.group(1)


def say(page: Page, question: str, answer: str) -> None:
    """Choose an answer by its words, for each child."""
    for group in page.get_by_role("group", name=question).all():
        group.get_by_text(answer, exact=True).click()


def answer_everything(page: Page, *, signer: str, relationship: str = "Parent") -> None:
    """Say yes to what the lessons need and no to sharing, and sign."""
    say(page, "take part in ClassWaves", "Yes")
    say(page, "record and transcribe", "Yes")
    say(page, "computer program", "Yes")
    say(page, "with others", "No")
    page.get_by_label("Your full name").fill(signer)
    page.get_by_label("Your relationship").select_option(label=relationship)


def check(page: Page) -> None:
    """Press the button below the questions."""
    page.get_by_role("button", name="Check my answers").click()


def press_send(page: Page) -> None:
    """Press the button below the summary."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Please check before you send")
    page.get_by_role("button", name="Send my answers").click()


def send(page: Page) -> None:
    """Look at the summary, and send the answers."""
    check(page)
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. Your answers are saved.")


def confirm(page: Page) -> None:
    """Take the second step on the page that its link or code opens."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your answers")
    page.get_by_role("button", name="Confirm my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmed. Thank you.")
