"""The worker's part of the inventory."""

from __future__ import annotations

from celery import shared_task

from classwaves_admin.inventory.actions.surveys import start_survey
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system


@shared_task(name="inventory.survey")
def survey() -> None:
    """Start the count of all tables; a second call finds it under way."""
    start_survey(by=system("inventory"), now=clock.now())
