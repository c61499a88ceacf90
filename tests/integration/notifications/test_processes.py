"""Real processes on real files: workers that race, die, and talk through the broker."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from classwaves_admin.notifications.rules import LEASE
from tests.installation import Installation
from tests.mails.server import Server

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SOON = 30.0


class Mailing(Installation):
    """An installation that sends to a server of the test. What its processes log goes with what they print."""

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start `python -m words` in it, to be waited for."""
        return self.start("-m", *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def mail(self) -> tuple[Any, ...]:
        """Return state and attempts of the one mail, and the catalog's status."""
        with sqlite3.connect(self.folder / "portal.sqlite3") as portal:
            found = portal.execute("SELECT state, attempts FROM notifications_outgoingmail").fetchone()
        with sqlite3.connect(self.folder / "warehouse.sqlite3") as warehouse:
            status = warehouse.execute('SELECT status FROM "notifications.notification_queue"').fetchone()
        return (*found, *status)

    def states(self) -> dict[str, int]:
        """Return how many mails the catalog has in each state."""
        with sqlite3.connect(self.folder / "warehouse.sqlite3") as warehouse:
            sql = 'SELECT status, count(*) FROM "notifications.notification_queue" GROUP BY status'
            return dict(warehouse.execute(sql).fetchall())

    def silence(self) -> None:
        """Let the time of a claim pass."""
        seconds = int(LEASE.total_seconds()) + 1
        with sqlite3.connect(self.folder / "portal.sqlite3") as portal:
            portal.execute(
                "UPDATE notifications_outgoingmail SET claimed_at = datetime(claimed_at, ?)", [f"-{seconds} seconds"]
            )


@pytest.fixture
def server() -> Iterator[Server]:
    """Start an SMTP server."""
    running = Server()
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def installation(tmp_path: Path, server: Server) -> Mailing:
    """Return an installation that sends to `server`."""
    return Mailing(tmp_path / "var", EMAIL_URL=server.url)


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Wait a short while. Fails where it does not happen."""
    deadline = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen within {SOON:.0f} seconds"
        time.sleep(0.05)


def test_two_workers_never_send_the_same_mail(installation: Mailing, server: Server) -> None:
    """Three processes start on one mail; one claims it, the server sees one."""
    mail_id = installation.run("-m", "tests.mails.process", "queue")
    server.handler.hold = 1
    workers = [installation.begin("tests.mails.process", "send", mail_id) for _ in range(3)]
    for worker in workers:
        output, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0, output
    assert server.handler.begun == len(server.taken) == 1
    assert installation.mail() == ("sent", 1, "sent")


def test_a_worker_killed_before_the_server_took_the_mail_loses_nothing(installation: Mailing, server: Server) -> None:
    """SIGKILL between claim and send: never noted as sent, and sent by the next worker once the claim has run out."""
    mail_id = installation.run("-m", "tests.mails.process", "queue")
    server.handler.hold = 600
    worker = installation.begin("tests.mails.process", "send", mail_id)
    wait_until(lambda: server.handler.begun == 1, "the worker's attempt")
    worker.send_signal(signal.SIGKILL)
    worker.communicate(timeout=10)
    assert server.taken == []
    assert installation.mail() == ("sending", 1, "sending")

    server.handler.hold = 0
    installation.run("-m", "tests.mails.process", "send", mail_id)
    assert server.taken == [], "the claim still holds"
    installation.silence()
    installation.run("-m", "tests.mails.process", "send", mail_id)
    assert [mail["Message-ID"] for mail in server.taken] == [f"<{mail_id}@classwaves.example>"]
    assert installation.mail() == ("sent", 2, "sent")


def test_a_worker_killed_after_the_server_took_the_mail_repeats_it_under_the_same_message_id(
    installation: Mailing, server: Server
) -> None:
    """The one case in which a mail goes out twice: mail programs show it once, by its Message-ID."""
    mail_id = installation.run("-m", "tests.mails.process", "queue")
    server.handler.hold = 0.5
    worker = installation.begin("tests.mails.process", "send", mail_id)
    wait_until(lambda: server.handler.begun == 1, "the worker's attempt")
    worker.send_signal(signal.SIGSTOP)
    wait_until(lambda: len(server.taken) == 1, "the server's taking the mail")
    worker.send_signal(signal.SIGKILL)
    worker.communicate(timeout=10)
    assert installation.mail() == ("sending", 1, "sending")

    installation.silence()
    installation.run("-m", "tests.mails.process", "send", mail_id)
    assert {mail["Message-ID"] for mail in server.taken} == {f"<{mail_id}@classwaves.example>"}
    assert installation.mail() == ("sent", 2, "sent")


MANY = 12


def message_ids(server: Server) -> Counter[str]:
    """Return how often each mail arrived."""
    return Counter(str(mail["Message-ID"]) for mail in server.taken)


@pytest.mark.parametrize("taken", [0, 1, 5, MANY - 1])
def test_a_worker_killed_in_a_batch_loses_nothing_and_repeats_nothing_that_it_knew(
    installation: Mailing, server: Server, taken: int
) -> None:
    """SIGKILL while the server has one mail at hand: what it had taken before is marked, and goes out once."""
    installation.run("-m", "tests.mails.process", "queue-many", str(MANY))
    server.handler.hold = 0.2
    worker = installation.begin("tests.mails.process", "look")
    wait_until(lambda: server.handler.begun == taken + 1, "the worker's next mail")
    worker.send_signal(signal.SIGKILL)
    worker.communicate(timeout=10)
    assert len(server.taken) == taken

    server.handler.hold = 0
    installation.run("-m", "tests.mails.process", "look")
    assert len(server.taken) == taken, "the claim still holds"
    installation.silence()
    installation.run("-m", "tests.mails.process", "look")
    assert (len(message_ids(server)), set(message_ids(server).values())) == (MANY, {1})
    assert installation.states() == {"sent": MANY}


def test_two_workers_share_many_mails(installation: Mailing, server: Server) -> None:
    """Both look at the same queue; every mail goes out once."""
    installation.run("-m", "tests.mails.process", "queue-many", "150")
    workers = [installation.begin("tests.mails.process", "look") for _ in range(2)]
    for worker in workers:
        output, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0, output
    assert (len(message_ids(server)), set(message_ids(server).values())) == (150, {1})
    assert installation.states() == {"sent": 150}


def test_a_queued_mail_goes_through_the_broker_to_a_worker_to_the_server(installation: Mailing, server: Server) -> None:
    """The whole way with Celery's own worker and the embedded broker; the broker's files name nobody."""
    mail_id = installation.run("-m", "tests.mails.process", "queue")
    queued = "".join(path.read_text() for path in (installation.folder / "broker" / "queue").iterdir())
    assert queued
    assert "home.example" not in queued
    worker = installation.begin("celery", "-A", "tests.mails.process", "worker", "--pool=solo", "--loglevel=WARNING")
    try:
        wait_until(lambda: len(server.taken) == 1, "the worker's mail")
        wait_until(lambda: installation.mail() == ("sent", 1, "sent"), "the worker's note")
    finally:
        worker.terminate()
        output, _ = worker.communicate(timeout=30)
    assert server.taken[0]["Message-ID"] == f"<{mail_id}@classwaves.example>"
    assert "home.example" not in output
