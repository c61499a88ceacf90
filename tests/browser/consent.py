"""The steps of asking and answering, as the office and the parents take them."""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict, dataclass
from email.message import EmailMessage

from playwright.sync_api import Page, expect

from classwaves_admin.lib.ids import new_id
from tests.browser.portal import Portal, manage, plain_text

SENT_TO = re.compile(r"https?://\S+/c/(?:[vm]/)?[\w-]{30,}/")
CODE = re.compile(r"\b(\d{3} \d{3})\b")

# Each family has an inbox of its own: a second mail to the same one could be taken for the first.
_number = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Family:
    """A student whom nobody has asked about, and a guardian who can be asked."""

    student: str
    name: str
    guardian: str
    address: str


def new_family(portal: Portal, office: str, *, recorded: bool = False) -> Family:
    """Save a family of the school whose office has this address. Tests ask more than the sample leaves unasked.

    `recorded`: a lesson in which the student was recorded although nobody was asked, too.
    """
    number = f"{next(_number):02}"
    address = f"robin.sample{number}@home.example"
    family = Family(new_id(), f"Abel Sample {number}", f"Robin Sample {number}", address)
    values = asdict(family) | {"domain": office.rpartition("@")[2]}
    lesson = f"; unasked.record(student={family.student!r})" if recorded else ""
    command = f"from tests.browser import unasked; unasked.save(**{values}){lesson}"
    manage(portal, "shell", "--no-imports", "--command", command)
    return family


def open_student(page: Page, family: Family) -> None:
    """Open the page of the family's student."""
    page.goto(f"/students/{family.student}/")


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
