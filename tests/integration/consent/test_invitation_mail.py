"""The mail that asks for consent, in both forms and both languages, as it arrives at a mail server."""

from __future__ import annotations

import re
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.warehouse.models import School, Student
from consent.models import Invitation
from tests.factories import campaigns, families
from tests.factories import catalog as make
from tests.mails.fixtures import smtp
from tests.mails.server import Server

__all__ = ["smtp"]
pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

BUTTON = {"en": "Read and answer", "es": "Leer y responder"}
SUBJECT = {"en": "asks for your consent for", "es": "le pide permiso para"}
SIBLINGS = ("Ana Lopez", "Lopez, Leo", "Zoë Lopez")
LINK = re.compile(r"https?://\S+/c/[\w-]{30,}/")
CODE = re.compile(r"\b(\d{3} \d{3})\b")


class Reader(HTMLParser):
    """Collects what a mail program would load, and the links with their words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.words = ""
        self._open: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        given = dict(attrs)
        if (
            tag in {"img", "script", "link", "iframe", "style"}
            or "src" in given
            or "url(" in (given.get("style") or "")
        ):
            self.loads.append(tag)
        if tag == "a":
            self._open = given.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a link."""
        if tag == "a":
            self._open = None

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.words += data
        if self._open is not None and data.strip():
            self.links.append((self._open, data.strip()))


def forms(mail: EmailMessage) -> tuple[str, str]:
    """Return text and HTML of a mail."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(text.get_content()).replace("\r\n", "\n"), str(html.get_content())


def sent(school: School, smtp: Server, language: str, *names: str) -> EmailMessage:
    """Ask one guardian about these children by a campaign and return the mail."""
    children: list[Student] = [make.student(school=school, display_name=name) for name in names]
    families.guardian(*children, language=language, name="Marisol Lopez")
    campaigns.worked_off(campaigns.campaign(school))
    deliver_due()
    (mail,) = smtp.taken
    return mail


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_forms_have_one_button_the_bare_link_and_the_code(school: School, smtp: Server, language: str) -> None:
    """One thing to do: the same address as a button, as a bare link and in the text; a code where links break."""
    mail = sent(school, smtp, language, "Ana Lopez")
    text, html = forms(mail)
    page = Reader(html)
    (link,) = set(LINK.findall(text))
    answering = [(address, words) for address, words in page.links if "/c/" in address and "/code/" not in address]
    assert answering == [(link, BUTTON[language]), (link, link)]
    assert set(CODE.findall(text)) == set(CODE.findall(page.words)) != set()
    assert len(set(CODE.findall(text))) == 1
    assert mail["Content-Language"] == Invitation.objects.get().language == language
    assert f'<html lang="{language}"' in html


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_is_loaded_and_nothing_tells_that_it_was_opened(school: School, smtp: Server, language: str) -> None:
    """No picture, no font, no script; and no list to leave: who left it could not refuse any more."""
    mail = sent(school, smtp, language, "Ana Lopez")
    assert Reader(forms(mail)[1]).loads == []
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not [name for name in mail if "receipt" in name.lower() or "notification" in name.lower()]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("names", [SIBLINGS[:1], SIBLINGS[:2], SIBLINGS])
def test_first_names_alone_for_one_child_and_for_brothers_and_sisters(
    school: School, smtp: Server, language: str, names: tuple[str, ...]
) -> None:
    """The mail names every child and no surname, in subject, text and HTML."""
    mail = sent(school, smtp, language, *names)
    text, html = forms(mail)
    expected = ", ".join(["Ana", "Leo", "Zoë"][: len(names)])
    assert str(mail["Subject"]).strip() == f"Harbour School {SUBJECT[language]} {expected}"
    assert expected in text
    assert expected in Reader(html).words
    assert "Lopez" not in f"{mail['Subject']} {text} {html}"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_whole_notice_stands_in_both_forms(school: School, smtp: Server, language: str) -> None:
    """16 CFR 312.4(c): the parent reads it in the mail itself, line by line, escaped in HTML."""
    mail = sent(make.school(name="Escuela Río & Söhne <b>"), smtp, language, "Ana Lopez")
    text, html = forms(mail)
    words = " ".join(Reader(html).words.split())
    notice = text.partition("\n\n-- ")[0]
    lines = [line for line in notice.partition(": ")[2].splitlines() if len(line) > 40 and "://" not in line]
    assert len(lines) > 20
    assert [line for line in lines if " ".join(line.split()) not in words] == []
    assert "<b>" not in html
    assert "Escuela Río & Söhne <b>" in text
