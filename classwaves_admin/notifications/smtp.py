"""Django's SMTP backend, which writes mails quicker and tells whether a broken connection had begun to carry one."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

__all__ = ["EmailBackend", "OnTheWire"]


@runtime_checkable
class OnTheWire(Protocol):
    """A mail that can write itself for the wire."""

    def for_the_wire(self) -> tuple[str, list[str], bytes] | None:
        """Return sender, recipients and the whole mail; None where Django must write it."""


class _Noting:
    """Notes how far the mail at hand has come."""

    data_begun = False

    def mail(self, sender: str, options: Sequence[str] = ()) -> Any:
        """Begin a mail."""
        self.data_begun = False
        return super().mail(sender, options)  # type: ignore[misc]  # smtplib's

    def data(self, msg: Any) -> Any:
        """Hand the mail's text over; from here on the server may have it whatever happens."""
        self.data_begun = True
        return super().data(msg)  # type: ignore[misc]


class _Plain(_Noting, smtplib.SMTP):
    pass


class _Encrypted(_Noting, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Sends by SMTP. `EMAIL_URL` names the server."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return what Django opens a connection with."""
        return _Encrypted if self.use_ssl else _Plain

    @property
    def data_begun(self) -> bool:
        """Tell whether the last mail may have arrived, although its end is not known."""
        return getattr(self.connection, "data_begun", False)

    @property
    def is_open(self) -> bool:
        """Tell whether the server can be talked to, as far as anybody has noticed."""
        return getattr(self.connection, "sock", None) is not None

    def _send(self, email_message: EmailMessage) -> bool:
        """Send one mail, as Django's does; one of ours is written quicker."""
        quick = email_message.for_the_wire() if isinstance(email_message, OnTheWire) else None
        if quick is None:
            return bool(super()._send(email_message))  # type: ignore[misc]  # typeshed leaves it out
        if self.connection is None:
            raise smtplib.SMTPServerDisconnected("The connection was not opened.")
        sender, recipients, content = quick
        self.connection.sendmail(sender, recipients, content)
        return True
