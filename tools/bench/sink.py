"""An SMTP server in a process of its own that takes everything and counts."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.terminal import Trouble

HOST = "127.0.0.1"
SAMPLES = 50
# As nice as the Procfile makes the worker, so that a busy machine treats both ways alike.
NICE = 5
SECONDS_TO_START = 20
# Without a mail for so long, a measurement has failed.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Sink:
    """What the server has taken: mails, bytes, different recipients, and when the last one came (monotonic)."""

    port: int
    mails: Any
    size: Any
    recipients: Any
    last: Any
    folder: Path

    def samples(self) -> list[bytes]:
        """Return the first mails that came."""
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]

    def wait_for(self, number: int) -> float:
        """Wait until it has taken so many mails in all; return when the last one came. Raises Trouble."""
        seen, changed = self.mails.value, time.monotonic()
        while self.mails.value < number:
            if self.mails.value != seen:
                seen, changed = self.mails.value, time.monotonic()
            if time.monotonic() - changed > PATIENCE:
                raise Trouble(f"Only {seen} of {number} mails arrived.")
            time.sleep(0.02)
        return float(self.last.value)


@contextmanager
def running_sink(folder: Path) -> Iterator[Sink]:
    """Start the server on a free port."""
    spawn = multiprocessing.get_context("spawn")
    counts = [spawn.Value("i", 0) for _ in range(4)]
    last = spawn.Value("d", 0.0)
    process = spawn.Process(target=_serve, args=(*counts, last, str(folder)), daemon=True)
    process.start()
    port, mails, size, recipients = counts
    try:
        ends = time.monotonic() + SECONDS_TO_START
        while not port.value:
            if time.monotonic() > ends or not process.is_alive():
                raise Trouble("The mail server of the measurement did not start.")
            time.sleep(0.05)
        yield Sink(port.value, mails, size, recipients, last, folder)
    finally:
        process.terminate()
        process.join()


def _serve(port: Any, mails: Any, size: Any, recipients: Any, last: Any, folder: str) -> None:
    from aiosmtpd.smtp import SMTP, Envelope, Session

    os.nice(NICE)
    known: set[str] = set()

    class Handler:
        """Takes everything; the first mails are kept."""

        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
            """Count one mail."""
            content = envelope.content or b""
            if mails.value < SAMPLES:
                (Path(folder) / f"{mails.value:03}.eml").write_bytes(
                    bytes(content, "utf-8") if isinstance(content, str) else content
                )
            known.update(envelope.rcpt_tos)
            recipients.value = len(known)
            size.value = len(content)
            last.value = time.monotonic()
            mails.value += 1
            return "250 OK"

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: SMTP(Handler()), HOST, 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(run())
