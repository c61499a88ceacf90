"""A worker that is killed while it asks a school and sends the mails: nobody is asked twice and nobody is lost."""

from __future__ import annotations

import signal
import sqlite3
from collections import defaultdict
from pathlib import Path

import pytest

from classwaves_admin.notifications.rules import LEASE
from tests.installation import Installation
from tests.integration.consent.asking_program import GUARDIANS
from tests.mails.server import Server

pytestmark = [pytest.mark.integration, pytest.mark.slow]
PARTS = 9


class Office(Installation):
    """An installation that sends to a real SMTP server."""

    def let_leases_end(self) -> None:
        """Let the time of every claim pass."""
        seconds = int(LEASE.total_seconds()) + 1
        with sqlite3.connect(self.folder / "portal.sqlite3") as portal:
            for table in ("jobs_job", "notifications_outgoingmail"):
                portal.execute(f"UPDATE {table} SET claimed_at = datetime(claimed_at, '-{seconds} seconds')")  # noqa: S608
            portal.execute("UPDATE outbox_deliverystate SET held_until = datetime(held_until, '-1 hour')")

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Ask the portal's database."""
        with sqlite3.connect(self.folder / "portal.sqlite3") as portal:
            return portal.execute(sql).fetchall()


PROGRAM = "tests.integration.consent.asking_program"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """Return a folder with a campaign that has just started, its job, and how many statements the whole work has."""
    office = Office(tmp_path_factory.mktemp("started"), EMAIL_URL="memorymail://")
    job = office.run("-m", PROGRAM, "start")
    copy = Office(tmp_path_factory.mktemp("counted") / "var", like=office.folder, EMAIL_URL="memorymail://")
    return office.folder, job, int(copy.run("-m", PROGRAM, "work", job))


@pytest.mark.parametrize("part", range(1, PARTS))
def test_a_worker_killed_at_any_statement_sends_each_guardian_one_mail(
    started: tuple[Path, str, int], tmp_path: Path, part: int
) -> None:
    """Killed in the portions, the claim, between two mails, in the notes, in the delivery: the next one finishes it.

    Where it dies between the server's answer and the mark on the mail, that one mail arrives again under the same
    Message-ID, by which mail programs show it once.
    """
    folder, job, statements = started
    server = Server()
    server.start()
    try:
        office = Office(tmp_path / "var", like=folder, EMAIL_URL=server.url)
        office.run("-m", PROGRAM, "work", job, ends=-signal.SIGKILL, KILL_AT=str(statements * part // PARTS))
        office.let_leases_end()
        office.run("-m", PROGRAM, "work", job)
        letters: dict[str, list[str]] = defaultdict(list)
        for mail in server.taken:
            letters[str(mail["To"])].append(str(mail["Message-ID"]))
    finally:
        server.stop()
    assert len(letters) == GUARDIANS
    assert {len(set(ids)) for ids in letters.values()} == {1}
    assert sum(len(ids) for ids in letters.values()) <= GUARDIANS + 1
    assert office.ask("SELECT count(*), count(DISTINCT guardian_id) FROM consent_invitation") == [
        (GUARDIANS, GUARDIANS)
    ]
    assert office.ask("SELECT DISTINCT state FROM notifications_outgoingmail") == [("sent",)]
    assert office.ask("SELECT state FROM jobs_job WHERE kind = 'consent.ask'") == [("done",)]
    assert office.ask("SELECT count(*) FROM outbox_outboxentry") == [(0,)]
