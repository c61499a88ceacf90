"""A program for test_campaign_killed.py: asks eight guardians by a campaign and sends the mails.

    python -m tests.integration.consent.asking_program start        makes a school and a campaign, prints its job
    python -m tests.integration.consent.asking_program work JOB     works the job off, sends what is due, delivers

With KILL_AT the process kills itself (SIGKILL) before that statement of its work. Prints how many there were.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django

from tests.dying import deadly

GUARDIANS = 8


def start() -> None:
    """Start a campaign."""
    from tests.factories import campaigns, families
    from tests.factories import catalog as make

    school = make.school()
    for number in range(GUARDIANS):
        families.guardian(make.student(school=school, display_name=f"Child{number}"))
    sys.stdout.write(campaigns.job(campaigns.campaign(school)).id)


def work(job_id: str) -> None:
    """Do what the worker does, to the end or to the statement at which it dies."""
    from django.db import connections

    from classwaves_admin.jobs import running
    from classwaves_admin.notifications import tasks
    from classwaves_admin.warehouse.outbox import delivery
    from consent.actions import campaigns

    campaigns.PORTION = 3
    last = int(os.environ.get("KILL_AT", "0"))
    sent = 0
    dies = deadly(last)

    def counting(execute: Any, *statement: Any) -> Any:
        nonlocal sent
        sent += 1
        return dies(execute, *statement)

    with connections["default"].execute_wrapper(counting), connections["warehouse"].execute_wrapper(counting):
        while running.run(job_id):
            pass
        tasks.send_due()
        delivery.deliver()
    sys.stdout.write(str(sent))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
    django.setup()
    from classwaves_admin.tenancy.scope import system_scope

    with system_scope(reason="test"):
        if sys.argv[1] == "start":
            start()
        else:
            work(sys.argv[2])
