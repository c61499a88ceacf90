"""The worker's part of consent."""

from __future__ import annotations

from celery import shared_task

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import system_scope
from consent.actions.forget import forget_unanswered


@shared_task(name="consent.forget_unanswered")
def forget() -> None:
    """Delete the contact of guardians who did not answer in time; a second run finds nothing more."""
    with system_scope(reason="the promise of every school's notice"):
        forget_unanswered(by=system("consent"), now=clock.now())
