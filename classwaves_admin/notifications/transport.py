"""Hands written mails to the mail server over one connection and says in codes what went wrong."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from functools import cache
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import sanitize_address

from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rendering import Content
from classwaves_admin.notifications.rules import refuses_the_address
from classwaves_admin.notifications.services import headers_for
from classwaves_admin.notifications.wire import as_bytes
from classwaves_admin.schools.look import sender_of

PERMANENT_FROM = 500
CLOSES = 421
TOO_LARGE = 552


class NotSent(Exception):
    """The mail was not taken. `permanent`: another attempt would end the same way.

    `address_refused`: what was refused is this address, not us or our mail.
    `unreachable`: nothing was said about this mail; the server could not be reached or refused the sign-in.
    """

    def __init__(
        self, reason_code: str, *, permanent: bool, address_refused: bool = False, unreachable: bool = False
    ) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code
        self.permanent = permanent
        self.address_refused = address_refused
        self.unreachable = unreachable


class Line:
    """One connection to the server that EMAIL_URL names, opened for the first mail and again where it breaks.

    with Line() as line:
        line.hand_over(mail, content)
    """

    def __init__(self) -> None:
        self._backend = get_connection()
        self._carried = 0  # mails since the connection was opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def hand_over(self, mail: OutgoingMail, content: Content) -> None:
        """Give one mail to the server. Raises NotSent.

        Servers end a connection after a number of mails. Where an earlier mail went over it and this one
        had not begun to, it goes over a new connection at once. Every attempt carries the same Message-ID,
        so that a mail that arrives twice (the connection broke after the server took it, or a worker died
        before it noted so) is recognised as one.
        """
        message = _Message(mail, content)
        for again in (True, False):
            self._open()
            try:
                taken = self._backend.send_messages([message])
            except (smtplib.SMTPException, OSError) as error:
                ended = self._carried > 0 and self._ended_before_the_mail(error)
                if not getattr(self._backend, "is_open", False):
                    self._close()
                if ended and again:
                    continue
                reason, permanent = _reading(error)
                # Without its cause: the server's words may repeat the address.
                raise NotSent(reason, permanent=permanent, address_refused=_refuses_the_address(error)) from None
            except ValueError:
                raise NotSent("bad_header", permanent=True) from None
            if not taken:
                raise NotSent("no_recipient", permanent=True)
            self._carried += 1
            return

    def _open(self) -> None:
        """Open the connection where it is not. Raises NotSent."""
        try:
            if self._backend.open():
                self._carried = 0
        except (smtplib.SMTPException, OSError) as error:
            reason, _ = _reading(error)
            raise NotSent(reason, permanent=False, unreachable=True) from None

    def _close(self) -> None:
        with suppress(smtplib.SMTPException, OSError):  # it is gone already
            self._backend.close()
        self._carried = 0

    def _ended_before_the_mail(self, error: Exception) -> bool:
        """Tell whether the server ended the connection while it certainly had nothing of this mail."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return any(code == CLOSES for code, _words in error.recipients.values())
        if isinstance(error, smtplib.SMTPResponseException):
            return error.smtp_code == CLOSES  # to the text as well, this is a refusal
        return not getattr(self._backend, "data_begun", True)


class _Message(EmailMultiAlternatives):
    """A mail in two forms with the headers of all our mails."""

    def __init__(self, mail: OutgoingMail, content: Content) -> None:
        sender = sender_of(mail.school_id)
        super().__init__(
            subject=content.subject,
            body=content.text,
            from_email=sender.from_email,
            to=[mail.address],
            headers={
                "Message-ID": mail.message_id,
                "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
                "Content-Language": content.language,
                **headers_for(mail.pk),
                **({"Reply-To": sender.reply_to} if sender.reply_to else {}),
                **content.headers,
            },
        )
        self.attach_alternative(content.html, "text/html")
        self._boundary = f"=_{mail.pk}"

    def for_the_wire(self) -> tuple[str, list[str], bytes] | None:
        """Return sender, recipient and the mail, written quickly; None where Django must write it."""
        if not all(address.isascii() for address in self.to):
            return None
        content = as_bytes(self, boundary=self._boundary)
        return None if content is None else (_plain_sender(self.from_email), list(self.to), content)

    def message(self, **options: Any) -> Any:
        """Return the mail for the wire. The boundary is ours: to make one up, the text is searched for it."""
        message = super().message(**options)
        message.set_boundary(self._boundary)
        return message


@cache
def _plain_sender(address: str) -> str:
    return sanitize_address(address, settings.DEFAULT_CHARSET)


def _reading(error: smtplib.SMTPException | OSError) -> tuple[str, bool]:
    """Return the code of a failure and whether it is permanent.

    Only a refusal of this recipient or this mail is. A refused sender or sign-in is the fault of the
    set-up: once that is mended, the mails that waited go out.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _words in error.recipients.values()), 0)
        return f"smtp_{code}", code >= PERMANENT_FROM
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "smtp_sign_in", False
    if isinstance(error, smtplib.SMTPResponseException):
        of_this_mail = isinstance(error, smtplib.SMTPDataError) or error.smtp_code == TOO_LARGE
        return f"smtp_{error.smtp_code}", of_this_mail and error.smtp_code >= PERMANENT_FROM
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "disconnected", False
    if isinstance(error, TimeoutError):
        return "timeout", False
    return ("protocol" if isinstance(error, smtplib.SMTPException) else "no_connection"), False


def _refuses_the_address(error: smtplib.SMTPException | OSError) -> bool:
    """Tell whether the server says that there is no such mailbox. What else it refuses says nothing of the address."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    code, words = next(iter(error.recipients.values()), (0, b""))
    return bool(refuses_the_address(f"{code} {words.decode('ascii', 'replace')}"))
