"""A worker that is killed while it reminds: the next one does the rest, and nobody gets two mails."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.installation import Installation

pytestmark = [pytest.mark.integration, pytest.mark.slow]
REQUESTS = 60
READY = """
import django; django.setup()
from datetime import timedelta
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
"""
PREPARE = f"""
from tests.factories import catalog as make, families
week = now() - timedelta(days=8)
with system_scope(reason="test"):
    school = make.school()
    for _ in range({REQUESTS}):
        child = make.student(school=school)
        families.request(families.guardian(child), child, created_at=week, mailed_at=week, sent_at=week)
"""
WORK = """
from consent.tasks import remind
remind()
"""


def test_a_killed_worker_reminds_nobody_twice(tmp_path: Path) -> None:
    """Row, mail and audit event of a reminder stand together or not at all; after the second run each stands once."""
    portal = Installation(tmp_path, CONSENT_REMINDER_HOUR="0")
    portal.run("-c", READY + PREPARE)
    worker = portal.start("-c", READY + WORK)
    try:
        wait_for(tmp_path, 5)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=10)
    reminders, mails = counts(tmp_path)
    assert reminders == mails < REQUESTS, "killed in the middle"
    portal.run("-c", READY + WORK)
    portal.run("-c", READY + WORK)
    assert counts(tmp_path) == (REQUESTS, REQUESTS)


def counts(folder: Path) -> tuple[int, int]:
    """Return how many reminders are noted and how many mails are queued."""
    with sqlite3.connect(folder / "portal.sqlite3") as portal:
        return tuple(
            portal.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
            for table in ("consent_reminder", "notifications_outgoingmail")
        )


def wait_for(folder: Path, number: int) -> None:
    """Wait until the worker has noted so many reminders."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if counts(folder)[0] >= number:
            return
        time.sleep(0.01)
    raise AssertionError("the worker has not begun")
