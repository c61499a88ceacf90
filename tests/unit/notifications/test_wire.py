"""Mails as they go over the wire."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from django.core.mail import BadHeaderError, EmailMultiAlternatives
from hypothesis import example, given
from hypothesis import strategies as st

from classwaves_admin.notifications.wire import as_bytes

line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
text = st.lists(st.one_of(line, st.just("."), st.just("From here")), max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(["Hello", *lines]))
)


def mail_with(subject: str, body: str, html: str, extra: str = "x") -> EmailMultiAlternatives:
    """Return a mail in two forms."""
    headers = {"X-Extra": extra, "Date": "Tue, 04 Mar 2025 15:00:00 -0000", "Message-ID": "<1@school.example>"}
    mail = EmailMultiAlternatives(subject, body, "Büro <a@school.example>", ["zoe@home.example"], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def read(content: bytes) -> tuple[list[tuple[str, str]], str, str]:
    """Return headers and both forms as a mail program sees them."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    parts = [part.get_content() for part in message.iter_parts()]
    headers = [(name, str(value)) for name, value in message.items() if name != "Content-Type"]
    return sorted(headers), parts[0], parts[1]


@given(subject=line, body=text, html=text, extra=line)
@example(subject="Grüße aus Köln", body="ä\n.\nb", html="<p>ä</p>", extra="plain")
@example(subject="x" * 200, body="x", html="", extra="<https://portal.example/c/" + "t" * 43 + "/stop/>")
def test_a_mail_reads_as_django_writes_it(subject: str, body: str, html: str, extra: str) -> None:
    """Writing quicker changes nothing: any header, any text, any line end."""
    mail = mail_with(subject, body, html, extra)
    written = as_bytes(mail, boundary="=_1")
    assert written is not None
    assert read(written) == read(mail.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_a_header_of_more_than_one_line_is_refused(end: str) -> None:
    """Nobody adds a header, by this way either."""
    with pytest.raises(BadHeaderError):
        as_bytes(mail_with(f"Hello{end}Bcc: all@evil.example", "x", "x"), boundary="=_1")


def test_what_is_not_plain_is_left_to_django() -> None:
    """Lines that servers cut need an encoding; attachments and copies have no place in our mails."""
    assert as_bytes(mail_with("s", "é" * 500, "x"), boundary="=_1") is None
    assert as_bytes(mail_with("s", "é" * 499, "x"), boundary="=_1") is not None
    attached = mail_with("s", "x", "x")
    attached.attach("a.txt", "x", "text/plain")
    assert as_bytes(attached, boundary="=_1") is None
