"""The worker's part of retention."""

from __future__ import annotations

from celery import shared_task

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import system_scope
from retention.actions.intake import note_age_records, note_withdrawals
from retention.actions.nightly import look_for_orphans, start_nights
from retention.actions.physical import start_physical


@shared_task(name="retention.end_archives")
def end() -> None:
    """Destroy archive files whose days are over, and what dead processes left; a second run finds nothing more."""
    from retention.archive.ending import end_archives  # loads Arrow, which no other task of a worker may need

    with system_scope(reason="archive files of every school"):
        end_archives(by=system("retention"), now=clock.now())


@shared_task(name="retention.note_withdrawals")
def withdrawals() -> None:
    """Take withdrawals with a wish to delete into the register; a second run finds nothing more."""
    with system_scope(reason="withdrawals of every school"):
        note_withdrawals(by=system("retention"), now=clock.now())


@shared_task(name="retention.note_age_records")
def age_records() -> None:
    """Take what other services ask to delete into the register; a second run finds nothing more."""
    with system_scope(reason="age records of every school"):
        note_age_records(by=system("retention"), now=clock.now())


@shared_task(name="retention.run_by_night")
def run_by_night() -> None:
    """Start the runs of policies that delete by themselves; a second call finds them under way."""
    with system_scope(reason="policies of every school"):
        start_nights(by=system("retention"), now=clock.now())


@shared_task(name="retention.physical")
def physical() -> None:
    """Start to take off the disk what runs deleted; a second call finds the job open, or nothing that waits."""
    with system_scope(reason="the files of a database hold rows of every school"):
        start_physical(by=system("retention"), now=clock.now())


@shared_task(name="retention.find_orphans")
def find_orphans() -> None:
    """Look for rows without what they belong to; what is found waits for a person."""
    with system_scope(reason="rows of no school"):
        look_for_orphans(by=system("retention"), now=clock.now())
