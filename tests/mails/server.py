"""A real SMTP server on this machine that answers as a test tells it to."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 OK"
HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Handler:
    """Keeps what arrives. `rcpt` and `data` are the answers to come; afterwards everything is taken.

    `hold` seconds pass before the answer to DATA. A connection carries `most` mails, then the server ends
    it: with 421 where `polite`, else without a word.
    """

    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    hold: float = 0
    taken: list[EmailMessage] = field(default_factory=list)
    begun: int = 0
    most: int = 1_000_000
    polite: bool = True
    connections: Counter[object] = field(default_factory=Counter)  # mails begun on each

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer the beginning of a mail."""
        if self.connections[session.peer] >= self.most:
            if not self.polite and isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            return "421 4.7.0 Too many messages for one connection"
        self.connections[session.peer] += 1
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return TAKEN

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer the recipient."""
        answer = self.rcpt.pop(0) if self.rcpt else TAKEN
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer the mail."""
        self.begun += 1
        await asyncio.sleep(self.hold)
        answer = self.data.pop(0) if self.data else TAKEN
        if answer.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.taken.append(message_from_bytes(content, policy=default))
        return answer


class Server:
    """Starts and stops on one port, so that it can be away for a while."""

    def __init__(self) -> None:
        self.port = free_port()
        self.handler = Handler()
        self._controller: Any = None

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self.handler, hostname=HOST, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections; a second call does nothing."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def url(self) -> str:
        """Return the address as EMAIL_URL takes it."""
        return f"smtp://{HOST}:{self.port}"

    @property
    def taken(self) -> list[EmailMessage]:
        """Return the mails that were taken."""
        return self.handler.taken
