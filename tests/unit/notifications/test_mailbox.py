"""The mailbox page of development: what Django's file backend writes can be read, safely."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from classwaves_admin.notifications.mailbox import files

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]
HTML = '<html><head><title>x</title></head><body><p style="color: red">Grüße <a href="https://a.example/">a</a></p></body></html>'


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Let Django write mails to a folder of this test."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def write(subject: str = "Grüße aus Köln", *, html: str = HTML, attach: bool = False) -> files.StoredMail:
    """Send a mail to the folder and return it as the page reads it."""
    message = EmailMultiAlternatives(subject, "Read: https://a.example/c/tok-en_1/\n", None, ["zoë <zoe@home.example>"])
    if html:
        message.attach_alternative(html, "text/html")
    if attach:
        message.attach("Schein ä.pdf", b"%PDF-1.7 \x00\xff", "application/pdf")
    message.send()
    return files.newest()[0]


def test_a_mail_is_read_as_it_was_written() -> None:
    """Subject, recipient, both forms and the attachment come back letter by letter."""
    found = write(attach=True)
    assert (found.subject, found.recipients) == ("Grüße aus Köln", "zoë <zoe@home.example>")
    assert "Grüße" in found.html
    assert "https://a.example/c/tok-en_1/" in found.text
    (attachment,) = found.attachments
    assert (attachment.name, attachment.content) == ("Schein ä.pdf", b"%PDF-1.7 \x00\xff")


def test_the_list_shows_the_newest_first(client: Client) -> None:
    """Several mails of one file and of several files, newest on top."""
    with mail.get_connection() as connection:
        for number in (1, 2):
            EmailMultiAlternatives(f"Mail {number}", "x", None, ["a@home.example"], connection=connection).send()
    write("Mail 3")
    page = client.get(reverse("mailbox")).content.decode()
    assert [found.subject for found in files.newest()] == ["Mail 3", "Mail 2", "Mail 1"]
    assert page.index("Mail 3") < page.index("Mail 2") < page.index("Mail 1")


def test_an_empty_mailbox_says_what_to_do(client: Client, folder: Path) -> None:
    """Before the first mail the folder may not even exist."""
    folder.rmdir()
    assert "No mail yet" in client.get(reverse("mailbox")).content.decode()


def test_links_of_the_text_can_be_followed(client: Client) -> None:
    """The link of a consent mail is a click away."""
    found = write()
    page = client.get(reverse("mailbox_mail", args=[found.file, found.number])).content.decode()
    assert 'href="https://a.example/c/tok-en_1/"' in page


def test_the_html_of_a_mail_stands_in_a_frame_without_scripts(client: Client) -> None:
    """The frame has its own policy: styles of the mail, nothing else; the page allows only that frame."""
    found = write(html=HTML.replace("<p ", "<script>alert(1)</script><p "))
    page = client.get(reverse("mailbox_mail", args=[found.file, found.number]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "<script>alert" not in page.content.decode()
    frame = client.get(reverse("mailbox_html", args=[found.file, found.number]))
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "script-src" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in frame.content.decode()


def test_an_attachment_is_a_download(client: Client) -> None:
    """Nothing that came by mail opens inside the portal."""
    found = write(attach=True)
    response = client.get(reverse("mailbox_attachment", args=[found.file, found.number, 1]))
    assert response.content == b"%PDF-1.7 \x00\xff"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client.get(reverse("mailbox_attachment", args=[found.file, found.number, 2])).status_code == 404


@pytest.mark.parametrize("file", ["none.log", "..", "portal.sqlite3", "%2e%2e%2f.env"])
def test_only_mails_can_be_read(client: Client, folder: Path, file: str) -> None:
    """A name that is no mail's leads nowhere."""
    (folder / "portal.sqlite3").write_text("x")
    assert client.get(f"/dev/mail/{file}/1/").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"Subject: =?utf-9?q?x?=\nContent-Type: text/plain; charset=martian\n\n\xff\xfe",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: message/rfc822\n\nSubject: inner\n\nx",
    ],
)
def test_a_broken_file_never_breaks_the_page(client: Client, folder: Path, raw: bytes) -> None:
    """Whatever lies in the folder, the list and the mail open."""
    (folder / "broken.eml").write_bytes(raw)
    assert client.get(reverse("mailbox")).status_code == 200
    for found in files.newest():
        assert client.get(reverse("mailbox_mail", args=[found.file, found.number])).status_code == 200


def test_a_production_installation_has_no_mailbox(tmp_path: Path) -> None:
    """The addresses do not exist there at all."""
    code = (
        "import django; django.setup()\n"
        "from django.urls import NoReverseMatch, reverse\n"
        "try: print(reverse('mailbox'))\n"
        "except NoReverseMatch: print('none')"
    )
    env = {
        "ENV_FILE": str(ROOT / "tools" / "production-check.env"),
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(tmp_path / "var"),
    }
    run = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, text=True, capture_output=True, check=False)
    assert run.stdout.strip() == "none", run.stderr
