"""Reads the mails that Django's file backend wrote, for the mailbox page of development.

django-mail-viewer was weighed first: its HTML view inherits the page's own content security policy,
so that no mail would look as it is, it needs a table of its own and finds mails by Message-ID, which
two attempts of one mail share. The standard library reads the files in the lines below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path
from typing import Literal

from django.conf import settings

# The line that Django's file and console backends write after each mail.
_DIVIDER = re.compile(rb"^-{79}\r?\n", re.MULTILINE)
_FILE = re.compile(r"[\w-]+\.(?:log|eml)")
NEWEST = 200


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail: the `number`-th of its file, from 1."""

    file: str
    number: int
    written_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Return the subject, decoded."""
        return str(self.message.get("Subject", "")).strip() or "(no subject)"

    @property
    def sender(self) -> str:
        """Return who sent it."""
        return str(self.message.get("From", ""))

    @property
    def recipients(self) -> str:
        """Return whom it is for."""
        return str(self.message.get("To", ""))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return all headers in their order, decoded."""
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        """Return the plain text, empty where there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """Return the HTML, empty where there is none."""
        return self._body("html")

    @property
    def attachments(self) -> list[Attachment]:
        """Return the files that came with it."""
        return [
            Attachment(
                name=part.get_filename() or f"attachment-{position}",
                content_type=part.get_content_type(),
                content=_bytes(part),
            )
            for position, part in enumerate(self.message.iter_attachments(), start=1)
        ]

    def _body(self, subtype: Literal["plain", "html"]) -> str:
        part = self.message.get_body(preferencelist=(subtype,))
        if part is None:
            return ""
        charset = part.get_content_charset("utf-8")
        try:
            return _bytes(part).decode(charset, errors="replace")
        except LookupError:  # a charset that nobody knows
            return _bytes(part).decode("utf-8", errors="replace")


def newest() -> list[StoredMail]:
    """Return the mails of the newest files, newest first."""
    found = [path for path in _folder().glob("*") if _FILE.fullmatch(path.name)] if _folder().is_dir() else []
    found.sort(key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
    return [mail for path in found[:NEWEST] for mail in reversed(list(_read(path)))]


def find(file: str, number: int) -> StoredMail | None:
    """Return one mail, or None where there is no such file or number."""
    path = _folder() / file
    if not _FILE.fullmatch(file) or not path.is_file():
        return None
    return next((mail for mail in _read(path) if mail.number == number), None)


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _read(path: Path) -> Iterator[StoredMail]:
    written_at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    pieces = [piece for piece in _DIVIDER.split(path.read_bytes()) if piece.strip()]
    for number, piece in enumerate(pieces, start=1):
        message = message_from_bytes(piece.lstrip(), policy=default)
        yield StoredMail(path.name, number, written_at, message)


def _bytes(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()
