"""Hands a written mail to the mail server and says in codes what went wrong."""

from __future__ import annotations

import re
import smtplib

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rendering import Content

PERMANENT_FROM = 500
TOO_LARGE = 552
# "No such mailbox" (RFC 5321) where the server's words have no enhanced code; 554 may be about us.
NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_ENHANCED = re.compile(rb"5\.(\d{1,3}\.\d{1,3})\b")


class NotSent(Exception):
    """The mail was not taken. `permanent`: another attempt would end the same way.

    `address_refused`: what was refused is this address, not us or our mail.
    """

    def __init__(self, reason_code: str, *, permanent: bool, address_refused: bool = False) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code
        self.permanent = permanent
        self.address_refused = address_refused


def hand_over(mail: OutgoingMail, content: Content) -> None:
    """Give the mail to the server that EMAIL_URL names. Raises NotSent.

    Every attempt carries the same Message-ID, so that a mail that arrives twice (the connection broke
    after the server took it, or a worker died before it noted so) is recognised as one.
    """
    message = EmailMultiAlternatives(
        subject=content.subject,
        body=content.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.address],
        headers={
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
            "Content-Language": content.language,
            **content.headers,
        },
    )
    message.attach_alternative(content.html, "text/html")
    try:
        taken = message.send()
    except (smtplib.SMTPException, OSError) as error:
        reason, permanent = _reading(error)
        # Without its cause: the server's words may repeat the address.
        raise NotSent(reason, permanent=permanent, address_refused=_refuses_the_address(error)) from None
    except ValueError:
        raise NotSent("bad_header", permanent=True) from None
    if not taken:
        raise NotSent("no_recipient", permanent=True)


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
    """Tell whether the server says that the mailbox does not exist or is closed (RFC 3463: 5.1.x, 5.2.1).

    A full mailbox, a refused relay and a refused policy say nothing about the address.
    """
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    code, words = next(iter(error.recipients.values()), (0, b""))
    if enhanced := _ENHANCED.match(words):
        return enhanced[1].startswith(b"1.") or enhanced[1] == b"2.1"
    return code in NO_SUCH_MAILBOX
