"""Django's SMTP backend, which also tells whether a broken connection had begun to carry the mail."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import Any

from django.core.mail.backends import smtp

__all__ = ["EmailBackend"]


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
