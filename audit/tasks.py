"""The worker's part of audit."""

from __future__ import annotations

from celery import shared_task

from audit.making.actions import end_old_files
from audit.proof.steps import start_sealing
from audit.unusual import start_looking
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import system_scope


@shared_task(name="audit.end_old_files")
def end_old() -> None:
    """Delete reports and exports whose days are over; a second run finds nothing more."""
    with system_scope(reason="files of every school"):
        end_old_files(now=clock.now())


@shared_task(name="audit.unusual")
def unusual() -> None:
    """Look who saw far more records yesterday than usual; a second run finds it under way or done."""
    with system_scope(reason="the log of every school"):
        start_looking(by=system("audit"), now=clock.now())


@shared_task(name="audit.seal")
def seal() -> None:
    """Start a round of sealing; one that still runs is left alone, and a second round finds nothing more."""
    with system_scope(reason="rows of the log of every school"):
        start_sealing(by=system("seal"), now=clock.now())
