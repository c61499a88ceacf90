"""The whole portal as `make run` starts it, in a folder of its own: web server, worker, beat, real SMTP."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from tests.installation import Installation
from tests.mails.server import Server, free_port
from tools.places import ROOT

START_SECONDS = 60
# How long a page may take to show what was asked for, in seconds. A mail may take six times as long.
PATIENCE = 5.0
# The same on the local SQL warehouse, where a statement takes up to a second while other tests run beside it.
PATIENCE_ON_SPARK = 30.0


@dataclass
class Portal:
    """A running portal: where it is, its folder, its settings, the mails that it sent, and how long it may take."""

    url: str
    folder: Path
    env: dict[str, str]
    mails: Server
    patience: float = PATIENCE

    def mail_to(self, address: str, *, containing: str) -> EmailMessage:
        """Wait for a mail to `address` whose plain text has the words, and return the newest."""
        deadline = time.monotonic() + 6 * self.patience
        while time.monotonic() < deadline:
            for mail in reversed(self.mails.taken):
                if address in str(mail["To"]) and containing in plain_text(mail):
                    return mail
            time.sleep(0.1)
        raise AssertionError(f"No mail with {containing!r} arrived; {len(self.mails.taken)} others did.")


def plain_text(mail: EmailMessage) -> str:
    """Return the text part of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None, "a mail without plain text"
    return str(body.get_content())


class RunningPortal:
    """Starts the portal on a free port and stops every process of it. `env` overrules its settings.

    Without the `sample` it is an empty installation; its databases must have been migrated.
    """

    def __init__(
        self, folder: Path, *, patience: float = PATIENCE, warehouse: str = "", sample: bool = True, **env: str
    ) -> None:
        self.patience = patience
        self.sample = sample
        self.mails = Server()
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"  # a name: browsers give no passkey to a number
        words = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CLASSWAVES_ENV": "development",
            "STAFF_MFA_REQUIRED": "false",
            "GOOGLE_CLIENT_ID": "",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "TOKEN_KEY": secrets.token_urlsafe(64),
            "EMAIL_URL": self.mails.url,
            "PORTAL_URL": self.url,
            "PORT": str(self.port),
            "WEB_PROCESSES": "1",
            "PYTHONWARNINGS": "ignore",
        }
        self.env = Installation(folder, warehouse=warehouse).env | words | env

    def start(self) -> Portal:
        """Prepare the databases with the sample school, start everything and wait until it answers."""
        self.mails.start()
        if self.sample:
            prepare = [sys.executable, "-m", "tools.prepare_data"]
            subprocess.run(prepare, cwd=ROOT, env=self.env, check=True, stdout=subprocess.DEVNULL)
        with (self.folder / "portal.log").open("wb") as log:
            self.process = subprocess.Popen(
                ["honcho", "start", "--env", os.devnull], cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT
            )
        wait_for(self.url, self.folder / "portal.log")
        return Portal(self.url, self.folder, self.env, self.mails, self.patience)

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self.process is not None:  # it came so far
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.mails.stop()


@contextmanager
def second_door(portal: Portal, **env: str) -> Iterator[str]:
    """Run one more web server on the portal's data with other settings, and give its address."""
    port = str(free_port())
    url = f"http://localhost:{port}"
    log = portal.folder / "second.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["gunicorn", "classwaves_admin.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"],
            cwd=ROOT,
            env=portal.env | {"PORT": port, "PORTAL_URL": url} | env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(url, log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def manage(portal: Portal, *words: str) -> str:
    """Run a command of `manage.py` on the portal's data and return what it says."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=portal.env, check=True, capture_output=True, text=True
    )
    return done.stdout


def wait_for(url: str, log: Path) -> None:
    """Wait until the portal at `url` answers. Raises AssertionError with the end of the log if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"The portal did not start:\n{log.read_text()[-3000:]}")
